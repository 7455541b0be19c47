// Draws the weeks of an alert with uPlot. Without this script the page shows the same as a picture.
(() => {
  "use strict";

  const HEIGHT = 200;

  function colour(element, name) {
    return getComputedStyle(element).getPropertyValue(name).trim();
  }

  // One path a kind of week: past, recent, running.
  function barsOf(data, kind) {
    return data.amounts.map((amount, n) => (data.kinds[n] === kind ? Math.min(amount, data.top) : null));
  }

  function series(box, data) {
    const bars = uPlot.paths.bars({ size: [0.7, 60, 1] });
    const bar = (name) => ({ fill: colour(box, name), width: 0, paths: bars, points: { show: false } });
    const line = (name, dash) => ({
      stroke: colour(box, name), width: 2, dash, points: { show: false }, spanGaps: false,
    });
    return [{}, bar("--bar"), bar("--tone"), bar("--bar-running"), line("--pale", [5, 4]), line("--season")];
  }

  // The weeks that the alert is about stand on a ground of their own: some of them are empty.
  function shades(box, data) {
    return (plot) => {
      const first = data.kinds.indexOf("recent");
      if (first < 0) return;
      const last = data.kinds.lastIndexOf("recent");
      const left = plot.valToPos(data.weeks[first] - 3.5 * 86400, "x", true);
      const right = plot.valToPos(data.weeks[last] + 3.5 * 86400, "x", true);
      plot.ctx.fillStyle = colour(box, "--shade");
      plot.ctx.fillRect(left, plot.bbox.top, right - left, plot.bbox.height);
    };
  }

  function months(language) {
    const format = new Intl.DateTimeFormat(language, { month: "short", timeZone: "UTC" });
    return (_plot, ticks) => ticks.map((second) => format.format(second * 1000));
  }

  function says(readout, data) {
    return (plot) => {
      const n = plot.cursor.idx;
      if (n === null || n === undefined) {
        readout.textContent = "";
        return;
      }
      const told = data.labels[n];
      const running = data.kinds[n] === "running" ? ` (${data.words.running})` : "";
      const expected = told.expected ? `, ${data.words.expected.toLowerCase()}: ${told.expected}` : "";
      readout.textContent = `${data.words.week} ${told.week}${running}: ${told.bought}${expected}`;
    };
  }

  function options(box, data, readout) {
    const ink = colour(box, "--pale");
    const grid = { stroke: colour(box, "--line"), width: 1 };
    const font = "12px system-ui, sans-serif";
    const amount = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" });
    const half = 3.5 * 86400;
    return {
      width: box.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { time: true, range: () => [data.weeks[0] - half, data.weeks[data.weeks.length - 1] + half] },
        y: { range: [0, data.top] },
      },
      tzDate: (second) => uPlot.tzDate(new Date(second * 1000), "Etc/UTC"),
      axes: [
        { stroke: ink, font, grid: { show: false }, ticks: { ...grid, size: 5 }, size: 28, gap: 3, space: 60, values: months(document.documentElement.lang) },
        { stroke: ink, font, grid, ticks: { show: false }, size: 44, space: 45, values: (_plot, ticks) => ticks.map((value) => amount.format(value)) },
      ],
      series: series(box, data),
      hooks: { drawClear: [shades(box, data)], setCursor: [says(readout, data)] },
    };
  }

  function draw(box) {
    const data = JSON.parse(box.dataset.chart);
    const readout = box.parentElement.querySelector(".readout");
    const lines = [data.weeks.map(() => data.usual), data.expected];
    const columns = [data.weeks, ...["past", "recent", "running"].map((kind) => barsOf(data, kind)), ...lines];
    const picture = box.querySelector("svg");
    let plot = null;

    function make() {
      if (!box.isConnected) return;
      if (plot) plot.destroy();
      plot = new uPlot(options(box, data, readout), columns, box);
      plot.root.setAttribute("role", "img");
      plot.root.setAttribute("aria-label", picture.getAttribute("aria-label"));
    }

    picture.remove();
    box.parentElement.classList.add("drawn");
    make();
    new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: HEIGHT })).observe(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", make);
  }

  function drawAll(root) {
    if (typeof uPlot === "undefined") return;
    for (const box of root.querySelectorAll(".chart[data-chart]")) {
      if (!box.querySelector(".uplot")) draw(box);
    }
  }

  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt.parentElement || document));
})();
