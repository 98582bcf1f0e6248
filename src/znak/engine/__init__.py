"""Run-time samplers and scorers behind one contract; no torch unless a torch engine is asked for."""

from znak.engine.base import Engine, Redrawer, Sampling
from znak.engine.flow import FlowEngine, load_flow

__all__ = ["Engine", "FlowEngine", "Redrawer", "Sampling", "load_flow"]
