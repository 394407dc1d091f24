// Draws each figure of the page with Plotly, in the colours of the page, and again when light and dark change.
"use strict";

(() => {
  const styles = getComputedStyle(document.documentElement);
  const named = /^var\((--[a-z0-9-]+)\)$/;

  // Figures name their colours as the stylesheet does; Plotly wants the values.
  const coloured = (value) => {
    if (typeof value === "string") {
      const name = value.match(named);
      return name ? styles.getPropertyValue(name[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
    }
    return value;
  };

  const draw = async (place) => {
    const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
    // Where a phone leaves a column hardly a pixel or two, gaps would eat the colours.
    for (const trace of figure.data) {
      if (trace.type === "heatmap" && place.clientWidth < 5 * trace.x.length) trace.xgap = 0;
    }
    // A responsive chart takes its place's height, and the place has none of its own.
    place.style.height = `${figure.layout.height}px`;
    const options = { displayModeBar: false, responsive: true };
    await Plotly.react(place, coloured(figure.data), coloured(figure.layout), options);
    place.dataset.drawn = "yes";
  };

  const drawAll = () => document.querySelectorAll("[data-figure]").forEach(draw);

  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
