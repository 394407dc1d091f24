"""Figures as Plotly takes them (plain JSON), one file each. Colours are names that the page's stylesheet gives a value.

A colour `var(--name)` is looked up in the browser, so that one figure serves the light and the dark page.
"""
