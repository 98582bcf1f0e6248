"""Exploratory analysis of logos with captions: statistics apart from drawing.

Two tables are made in one pass each (`captions`, `pictures`); `text`, `looks`, `palettes`,
`relations` and `maps` compute statistics from them, as data frames and arrays; `charts` and
`clouds` draw those under a theme; `report` puts it on a page. A web page can take the first two
groups and draw otherwise.
"""
