"""Charts as SVG text: drawn by template, or by Vega-Lite in a process of its own."""
