"""One thread is faster for models this small, and leaves the cores to the other workers."""

from __future__ import annotations

import torch

torch.set_num_threads(1)
