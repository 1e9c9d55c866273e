// Comfort only: every page reads and saves without this script.
(() => {
  "use strict";
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const one = (selector, inside = document) => inside.querySelector(selector);
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

  // --- side menu: filter, "/" goes there, modules stay as they were left
  const sideFilter = one("#side-filter");
  if (sideFilter) {
    sideFilter.addEventListener("input", () => {
      const wanted = fold(sideFilter.value.trim());
      for (const module of all(".side details")) {
        const whole = fold(one("summary", module).textContent).includes(wanted);
        let shown = 0;
        for (const entry of all("li", module)) {
          entry.hidden = !(whole || fold(entry.textContent).includes(wanted));
          shown += entry.hidden ? 0 : 1;
        }
        module.hidden = shown === 0;
        if (wanted && shown) module.open = true;
      }
    });
    sideFilter.addEventListener("keydown", (event) => {
      const first = one(".side details:not([hidden]) li:not([hidden]) a");
      if (event.key === "Enter" && first) location.href = first.href;
    });
  }
  const kept = () => {
    try { return JSON.parse(localStorage.getItem("closed-modules") || "[]"); } catch { return []; }
  };
  for (const module of all(".side details[data-module]")) {
    if (kept().includes(module.dataset.module) && !one("[aria-current]", module)) module.open = false;
    module.addEventListener("toggle", () => {
      const closed = new Set(kept());
      if (module.open) closed.delete(module.dataset.module); else closed.add(module.dataset.module);
      try { localStorage.setItem("closed-modules", JSON.stringify([...closed])); } catch { /* private window */ }
    });
  }

  // --- boxes that open: one at a time, closed by Escape or a click beside
  const closeBoxes = (but) => all("details[data-drop][open]").forEach((box) => { if (box !== but) box.open = false; });
  document.addEventListener("click", (event) => closeBoxes(event.target.closest("details[data-drop]")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const box = one("details[data-drop][open]");
      closeBoxes(null);
      if (box) one("summary", box).focus();
    }
    if (event.key === "/" && sideFilter && !typing(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      if (matchMedia("(max-width: 48rem)").matches) location.hash = "side";
      sideFilter.focus();
    }
  });
  const sending = (inside) => all("select[data-send]", inside).forEach((select) => {
    select.addEventListener("change", () => select.form.requestSubmit());
  });
  sending(document);

  // --- the form of a filter
  const operator = one("[data-operator]");
  if (operator) {
    const value = one("[data-value]", operator.form);
    const last = one("[data-last]", operator.form);
    const follow = () => {
      value.hidden = operator.value.endsWith("empty");
      if (last) last.hidden = operator.value !== "between";
    };
    operator.addEventListener("change", follow);
    follow();
    operator.focus();
  }

  // --- what the chosen choice of a list means, beside its field
  document.addEventListener("change", (event) => {
    const told = event.target.matches("select") && one("[data-chosen-help]", event.target.closest(".field") || document.body);
    if (!told) return;
    const chosen = all("[data-choice]", told.parentElement).find((line) => line.dataset.choice === event.target.value);
    told.textContent = chosen ? one("dd", chosen).textContent : "";
  });

  // --- ticking rows: all of the page, ranges with shift, the number in the bar
  const tickable = (listing) => {
    const ticks = all("input[name=rowid]", listing);
    const tickAll = one("[data-tick-all]", listing);
    const count = one("[data-count]", listing);
    let before = null;
    const follow = () => {
      const number = ticks.filter((tick) => tick.checked).length;
      count.textContent = count.dataset.count.replace("{number}", number);
      tickAll.checked = number > 0 && number === ticks.length;
      tickAll.indeterminate = number > 0 && number < ticks.length;
      const every = one("input[name=all]", listing);
      if (every && number < ticks.length) every.checked = false;
    };
    ticks.forEach((tick, index) => tick.addEventListener("click", (event) => {
      if (event.shiftKey && before !== null) {
        const [from, to] = [Math.min(before, index), Math.max(before, index)];
        for (let at = from; at <= to; at += 1) ticks[at].checked = tick.checked;
      }
      before = index;
      follow();
    }));
    tickAll.addEventListener("change", () => {
      ticks.forEach((tick) => { tick.checked = tickAll.checked; });
      follow();
    });
    const every = one("input[name=all]", listing);
    if (every) every.addEventListener("change", () => {
      if (every.checked) ticks.forEach((tick) => { tick.checked = true; });
      follow();
    });
    follow();
  };
  all("[data-listing]").forEach(tickable);

  // --- what a list does not wait for: its count, or rows that take long to find
  const later = async (place, address, show) => {
    const link = one("a", place);
    place.textContent = place.dataset.meanwhile;
    try {
      const answer = await fetch(address);
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      await show(answer);
    } catch {
      place.replaceChildren(link);
    }
  };
  for (const place of all("[data-later-count]")) {
    later(place, place.dataset.laterCount, async (answer) => {
      const found = await answer.json();
      place.textContent = found.count;
      const rest = one("template[data-count-all]");
      if (found.capped && rest) place.append(" ", rest.content.cloneNode(true));
      all("[data-counted]").forEach((part) => { part.textContent = found.count; });
      if (found.pages) all("[data-pages]").forEach((part) => {
        one("span", part).textContent = found.pages;
        part.hidden = false;
      });
    });
  }
  for (const place of all("[data-later-rows]")) {
    later(place, place.dataset.laterRows, async (answer) => {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const shown = one("[data-found]");
      const found = document.importNode(one("[data-found]", page), true);
      const ticked = all("input[name=rowid]:checked", shown).map((tick) => tick.value);
      all("input[name=rowid]", found).forEach((tick) => { tick.checked = ticked.includes(tick.value); });
      shown.replaceWith(found);
      place.replaceChildren(...document.importNode(one(".count", page), true).childNodes);
      all("[data-listing]", found).forEach(tickable);
      sending(found);
    });
  }

  // --- references by search: a combobox over the lookup of the table
  const combo = (box) => {
    const text = one("input:not([type=hidden])", box);
    const hidden = one("input[type=hidden]", box);
    if (!text || !hidden) return;
    const list = document.createElement("ul");
    list.className = "combo-list";
    list.id = `${text.id}-list`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    box.append(list);
    text.setAttribute("role", "combobox");
    text.setAttribute("aria-autocomplete", "list");
    text.setAttribute("aria-controls", list.id);
    text.setAttribute("aria-expanded", "false");
    let timer = 0;
    let asked = 0;
    let at = -1;
    const close = () => {
      list.hidden = true;
      at = -1;
      text.setAttribute("aria-expanded", "false");
      text.removeAttribute("aria-activedescendant");
    };
    const choose = (item) => {
      hidden.value = item.dataset.id;
      text.value = item.textContent;
      close();
      text.dispatchEvent(new Event("change", { bubbles: true }));
    };
    const mark = (step) => {
      const items = all("[role=option]", list);
      if (!items.length) return;
      at = (at + step + items.length) % items.length;
      items.forEach((item, index) => item.setAttribute("aria-selected", String(index === at)));
      items[at].scrollIntoView({ block: "nearest" });
      text.setAttribute("aria-activedescendant", items[at].id);
    };
    const show = (found) => {
      list.replaceChildren();
      found.forEach((row, index) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${index}`;
        item.setAttribute("role", "option");
        item.dataset.id = row.id;
        item.textContent = row.title;
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(item); });
        list.append(item);
      });
      at = -1;
      list.hidden = found.length === 0;
      text.setAttribute("aria-expanded", String(found.length > 0));
    };
    const ask = async () => {
      const wanted = text.value.trim();
      if (wanted.length < 2) { close(); return; }
      asked += 1;
      const mine = asked;
      const answer = await fetch(`${box.dataset.lookup}?search=${encodeURIComponent(wanted)}`, { headers: { Accept: "application/json" } });
      if (answer.ok && mine === asked && document.activeElement === text) show(await answer.json());
    };
    text.addEventListener("input", () => {
      hidden.value = "";
      clearTimeout(timer);
      timer = setTimeout(ask, 200);
    });
    text.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); if (list.hidden) ask(); else mark(1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); mark(-1); }
      else if (event.key === "Enter" && !list.hidden && at >= 0) { event.preventDefault(); choose(all("[role=option]", list)[at]); }
      else if (event.key === "Escape" && !list.hidden) { event.stopPropagation(); close(); }
    });
    text.addEventListener("blur", close);
  };
  all(".combo").forEach(combo);

  // --- forms: Ctrl+S saves, leaving with changes asks, one click sends once, more inline rows
  const record = one("form[data-record]");
  if (record) {
    let changed = one("#errors") !== null;
    let sent = false;
    record.addEventListener("input", () => { changed = true; });
    record.addEventListener("change", () => { changed = true; });
    record.addEventListener("submit", (event) => {
      if (sent) { event.preventDefault(); return; }
      sent = true;
      changed = false;
    });
    addEventListener("pageshow", () => { sent = false; });
    addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        record.requestSubmit(one("[data-save]", record));
      }
    });
    const errors = one("#errors");
    if (errors) errors.focus();
  }
  for (const children of all("[data-children]")) {
    const button = one("[data-add]", children);
    const blank = one("[data-blank]", children);
    if (!button || !blank) continue;
    let next = Number(children.dataset.count) + 1;
    const pattern = blank.cloneNode(true);
    button.addEventListener("click", () => {
      const row = pattern.cloneNode(true);
      for (const element of all("[name], [id], [for]", row)) {
        for (const attribute of ["name", "id", "for"]) {
          const value = element.getAttribute(attribute);
          if (value) element.setAttribute(attribute, value.replace("-999-", `-${next}-`));
        }
      }
      next += 1;
      button.before(row);
      all(".combo", row).forEach(combo);
      const first = one("input:not([type=hidden]), select, textarea", row);
      if (first) first.focus();
    });
  }

  // --- the content of a custom form: fields dragged by their handle; Save sends the order on screen
  const placed = one("[data-placed]");
  if (placed) {
    let held = null;
    placed.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("[data-handle]")) return;
      event.preventDefault();
      event.target.releasePointerCapture(event.pointerId);
      held = event.target.closest("li");
      held.classList.add("held");
    });
    document.addEventListener("pointermove", (event) => {
      if (!held) return;
      const beside = all(":scope > li", placed).find((other) => {
        const box = other.getBoundingClientRect();
        return other !== held && event.clientY >= box.top && event.clientY < box.bottom;
      });
      if (!beside) return;
      const box = beside.getBoundingClientRect();
      beside[event.clientY > box.top + box.height / 2 ? "after" : "before"](held);
    });
    const drop = () => {
      if (!held) return;
      held.classList.remove("held");
      held = null;
      const items = all(":scope > li", placed);
      for (const [at, item] of items.entries()) {
        const [up, down] = all(".placed-tools button", item);
        up.disabled = at === 0;
        down.disabled = at === items.length - 1;
      }
    };
    document.addEventListener("pointerup", drop);
    document.addEventListener("pointercancel", drop);
    const near = one("[data-near]", placed);
    if (near) near.scrollIntoView({ block: "center" });
  }
})();
