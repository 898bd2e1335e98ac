// The store as a whole: every version of a report, counted so that it adds up; and where the counts of a run lead.
"use strict";
(() => {
  const { h, t, link, count, rows, section, help, table } = gongkai;
  const VERDICTS = { passed: "pass", flagged: "flagged", quarantined: "quarantined", reports: "" };
  const OUTCOMES = { files_read: "", not_reports: "not_a_report", unreadable: "unreadable" };

  /** Where the reports of the store are counted, with their verdicts. */
  gongkai.storeParts = async () => {
    const name = (part) => t(`parts.${part ?? "total"}`);
    return section(t("store"), help(t("store_help")), table("store", t("store"), [
      { key: "part", title: t("part"), text: name, show: (part) => h("a", { href: link("reports", { part }) }, name(part)) },
      ...Object.entries(VERDICTS).map(([key, verdict]) => ({ key, title: t(key), number: true, show: (v, row) => count(v, link("reports", { part: row.part, verdict })) })),
    ], rows((await gongkai.load("store")).parts)));
  };
  /** The list behind a count of a run; of files found and left as they were nothing is kept. */
  gongkai.ofRun = (run, key) => {
    if (key === "compared") return link("reports", { compared: run });
    if (key in VERDICTS) return link("reports", { run, verdict: VERDICTS[key] });
    return key in OUTCOMES ? link("runs", { run, outcome: OUTCOMES[key] }) : null;
  };
})();
