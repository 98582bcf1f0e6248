"""Where torch computes."""

from __future__ import annotations

import torch

from znak.errors import InputError


def pick_device(name: str = "auto") -> torch.device:
    """Return the device called `name`; "auto" is CUDA where there is one, else the processor.

    Raises InputError for a name that torch does not know, or a device that isn't here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(
            f"--device {name} can't be used here ({str(error).splitlines()[0]}): give auto or cpu",
            ru=f"--device {name} здесь недоступно: дайте auto или cpu",
        ) from error
    return device
