"""Trained models of marks: the flow transformer, the form network, their checkpoints (torch)."""
