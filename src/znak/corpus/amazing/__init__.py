"""Logos with captions in the schema of `amazing_logos_v4`: shards, pictures, checks, the cache.

`shards` reads parquet files by row group; `pictures` decodes what is in them; `cache` makes the
memory-mapped arrays that training reads; `check` reports what is wrong with files; `fetch` gets
the data set from the hub.
"""
