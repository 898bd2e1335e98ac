// Charts by ECharts, in the colours of the page. What a chart shows stands in a table beneath it, too.
"use strict";
(() => {
  const { h } = gongkai;
  const living = new Set();

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const palette = () => ["c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8"].map(colour);

  /** A chart as an element; `option` is ECharts' own, `label` what it is for those who do not see it. */
  function chart(id, label, option, height = "") {
    const place = h("div", { class: `chart ${height}`, id: `chart-${id}`, role: "img", "aria-label": label });
    const start = () => {
      document.removeEventListener("drawn", start);
      if (!place.isConnected) return;
      const text = { color: colour("text"), fontFamily: getComputedStyle(document.body).fontFamily };
      const axis = { axisLabel: { color: colour("soft-text"), hideOverlap: true }, axisLine: { lineStyle: { color: colour("line") } }, splitLine: { lineStyle: { color: colour("line") } } };
      const drawn = echarts.init(place, null, { renderer: "canvas" });
      const dress = (found) => [found].flat().filter(Boolean).map((one) => ({ ...axis, nameTextStyle: { color: colour("soft-text") }, ...one, axisLabel: { ...axis.axisLabel, ...one.axisLabel } }));
      drawn.setOption({
        animation: false, color: palette(), textStyle: text, backgroundColor: "transparent",
        aria: { enabled: true, label: { enabled: false }, decal: { show: matchMedia("(forced-colors: active)").matches } },
        grid: { left: 8, right: 16, top: 56, bottom: 8, containLabel: true },
        ...option,
        // Drawn, never written into the page: a name is text whatever stands in it.
        tooltip: { renderMode: "richText", confine: true, ...option.tooltip },
        legend: { type: "scroll", top: 8, textStyle: { color: text.color }, pageTextStyle: { color: text.color }, ...option.legend },
        xAxis: dress(option.xAxis), yAxis: dress(option.yAxis),
      });
      // A part of a chart leads where its figure comes from.
      if (option.take) {
        drawn.on("click", (point) => {
          const to = option.take(point);
          if (to) location.href = to;
        });
      }
      place.setAttribute("data-drawn", "");
      living.add(drawn);
    };
    document.addEventListener("drawn", start);
    return place;
  }
  addEventListener("resize", () => living.forEach((drawn) => (drawn.getDom().isConnected ? drawn.resize() : living.delete(drawn) && drawn.dispose())));
  addEventListener("beforeprint", () => living.forEach((drawn) => drawn.getDom().isConnected && drawn.resize()));
  /** How a point of a series is drawn: hollow in doubt, a diamond where the series breaks. */
  const symbol = ({ doubt, is_break: broken }) => (broken ? (doubt ? "emptyDiamond" : "diamond") : doubt ? "emptyCircle" : "circle");
  Object.assign(gongkai, { chart, colour, symbol });
})();
