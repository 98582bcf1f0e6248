"""Metrics to trust: one file each, float64 statistics, every figure with what it was made from.

`frechet` (FID), `inception_score` (IS), `kernel` (KID), `manifold` (precision, recall, density,
coverage), `memorisation` (nearest neighbours) and `text_match` take features; `extractors` makes
them from images. Only figures of the TF-ported Inception network are called FID, IS and KID; with
any other extractor they are FD-…, IS-… and KD-…, and are comparable with nothing else.
"""
