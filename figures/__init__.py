"""Figures: theory drawn under simulation.

Every function takes results and an optional ``ax`` and returns what it drew; none calls ``show`` or
touches Matplotlib's global settings. `style.publication` is a context that sets fonts, sizes and colours for
what is drawn within it.
"""
