"""Training: configs, data on the device, optimisers, the loop, run folders (torch)."""
