(() => {
  // Rows of a table in the order of a column; a third click brings the first order back.
  const collator = new Intl.Collator(document.documentElement.lang, {numeric: true});
  const times = {k: 1e3, m: 1e6, bn: 1e9, "万": 1e4, "亿": 1e8, "萬": 1e4, "億": 1e8};
  const shown = (row, column) => {
    const cell = row.cells[column];
    const inner = cell && (cell.querySelector("a, span:not(.whisker):not(.spark)") || cell);
    return inner ? inner.textContent.replace(/\u2060/g, "").trim() : "";
  };
  const figure = text => {
    const found = text.replace(/,/g, "").match(/^([^\d]*?)(\d+(?:\.\d+)?)\s*(k|m|bn|[万亿萬億])?/);
    if (!found) return NaN;
    return (/[−-]/.test(found[1]) ? -1 : 1) * found[2] * (times[found[3]] || 1);
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    const body = table.tBodies[0], first = [...body.rows];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      if (head.tagName !== "TH" || !first.some(row => shown(row, column))) return;
      const isFigure = head.classList.contains("end");
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const orders = isFigure ? ["descending", "ascending"] : ["ascending", "descending"];
        const next = [...orders, null][orders.indexOf(head.getAttribute("aria-sort")) + 1];
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        if (next) head.setAttribute("aria-sort", next);
        const sign = next === "descending" ? -1 : 1;
        const compared = (a, b) => {
          const [x, y] = [shown(a, column), shown(b, column)];
          if (!isFigure) return sign * collator.compare(x, y);
          const [n, m] = [figure(x), figure(y)];
          return isNaN(n) || isNaN(m) ? isNaN(n) - isNaN(m) : sign * (n - m);
        };
        body.append(...(next ? [...first].sort(compared) : first));
      });
    });
  }
})();
