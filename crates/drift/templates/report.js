"use strict";
// Lists the changes that contain every word of the search. Without this script, the page lists all.
(() => {
  const find = (id) => document.getElementById(id);
  if (!find("search")) return;
  find("searching").hidden = false;
  let groups;
  let isWaiting = false;
  const read = () => [...document.querySelectorAll("details.group")].map((node) => {
    const name = node.querySelector(".name").textContent.toLowerCase();
    const rows = [...node.querySelectorAll("li")].map((row) => ({ row, text: `${name}\n${row.textContent.toLowerCase()}` }));
    return { node, rows, wasOpen: node.open };
  });
  const hide = (node, hidden) => { if (node.hidden !== hidden) node.hidden = hidden; };
  const search = () => {
    isWaiting = false;
    groups ??= read();
    const words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { node, rows, wasOpen } of groups) {
      let ofGroup = 0;
      for (const { row, text } of rows) {
        const isFound = words.every((word) => text.includes(word));
        hide(row, !isFound);
        if (isFound) ofGroup += 1;
      }
      hide(node, ofGroup === 0);
      const open = words.length > 0 ? ofGroup > 0 : wasOpen;
      if (node.open !== open) node.open = open;
      found += ofGroup;
    }
    find("found").textContent = words.length > 0 ? `${found} found` : "";
  };
  find("search").addEventListener("input", () => {
    // Several letters may arrive before the page is drawn.
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(search);
  });
})();
