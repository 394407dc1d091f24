// Draws each figure in the colours of the page, and again when light and dark change.
"use strict";
(() => {
  const coloured = (value) => {
    if (typeof value === "string") {
      const name = value.match(/^var\((--[a-z0-9-]+)\)$/);
      return name ? getComputedStyle(document.documentElement).getPropertyValue(name[1]).trim() : value;
    }
    if (Array.isArray(value)) return value.map(coloured);
    if (value && typeof value === "object") {
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, coloured(inner)]));
    }
    return value;
  };
  const draw = async (place) => {
    const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
    await Plotly.react(place, coloured(figure.data), coloured(figure.layout), { displayModeBar: false, responsive: true });
    place.dataset.drawn = "yes";
  };
  const drawAll = () => document.querySelectorAll("[data-figure]").forEach(draw);
  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
