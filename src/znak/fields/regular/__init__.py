"""The parts of `regularise`: pieces, corners, snapping, mirror symmetry."""
