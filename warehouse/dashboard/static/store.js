// The store as a whole: every version of a report, counted so that it adds up.
"use strict";
(() => {
  const { h, t, link, rows, reportLink, said, section, help, table, verdict } = gongkai;

  /** Where the reports of the store are counted, with their verdicts. */
  gongkai.storeParts = async () => {
    const name = (part) => t(`parts.${part ?? "total"}`);
    return section(t("store"), help(t("store_help")), table("store", t("store"), [
      { key: "part", title: t("part"), text: name, show: (part) => (part === "unknown" ? h("a", { href: link("quality", { list: "unknown" }) }, name(part)) : name(part)) },
      ...["passed", "flagged", "quarantined", "reports"].map((key) => ({ key, title: t(key), number: true })),
    ], rows((await gongkai.load("store")).parts)));
  };
  /** The reports whose agency or year is unknown. */
  gongkai.storeUnknown = async () => {
    const found = rows((await gongkai.load("store")).unknown);
    return [
      h("p", null, h("a", { href: link("quality", {}) }, t("pages.quality"))),
      section(t("parts.unknown"), table("unknown", t("parts.unknown"), [
        { key: "agency_name", title: t("agency"), show: (value, row) => h("a", { href: reportLink(row) }, value || row.report_id) },
        { key: "report_year", title: t("year") },
        { key: "verdict", title: t("verdict"), text: (v) => t(`states.${v}`), show: (v) => verdict(v) },
        { key: "reason", title: t("reason"), text: (_, row) => said(row, "reason"), show: (_, row) => h("span", { class: "long" }, said(row, "reason")) },
        { key: "source_name", title: t("file"), show: (v) => h("span", { class: "long" }, v) },
      ], found, { all: found.length ? found[0].of_all : 0 })),
    ];
  };
})();
