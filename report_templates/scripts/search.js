(() => {
  // Editions of a module or a cycle: what does not match is hidden, cycles that match are opened.
  const place = document.getElementById("search");
  if (!place) return;
  const label = document.createElement("label"), input = document.createElement("input");
  const none = document.createElement("p");
  input.type = "search";
  label.append(place.dataset.label, " ", input);
  none.textContent = place.dataset.none;
  none.hidden = true;
  none.setAttribute("role", "status");
  place.append(label, none);
  place.hidden = false;
  const cycles = [...document.querySelectorAll("details.cycle")], were = cycles.map(c => c.open);
  const plain = text => text.normalize("NFKC").toLocaleLowerCase();
  input.addEventListener("input", () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let found = 0;
    cycles.forEach((cycle, number) => {
      const key = plain(cycle.querySelector("h2").textContent);
      for (const edition of cycle.querySelectorAll("section")) {
        let shown = 0;
        for (const row of edition.querySelectorAll("tbody tr")) {
          const text = `${key} ${plain(row.querySelector("th").textContent)}`;
          row.hidden = !words.every(word => text.includes(word));
          shown += !row.hidden;
        }
        edition.hidden = !shown;
        found += shown;
      }
      cycle.hidden = ![...cycle.querySelectorAll("section")].some(edition => !edition.hidden);
      cycle.open = words.length ? !cycle.hidden : were[number];
    });
    none.hidden = found > 0;
  });
})();
