"use strict";
(() => {
  const find = id => document.getElementById(id);
  const read = id => JSON.parse(find(id).textContent);
  const words = read("words");
  const lang = document.documentElement.lang;
  const grouped = number => number.toLocaleString(lang);
  const chosen = (fact, one, several) => (words.ones.includes(String(fact)) ? one : several);
  const said = (key, facts) =>
    words[key].replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (_, name, one, several) =>
      several === undefined ? facts[name] : chosen(facts[name], one, several)
    );
  const added = (parent, tag, text, kind) => {
    const element = document.createElement(tag);
    element.textContent = text;
    if (kind) element.className = kind;
    parent.append(element);
    return element;
  };

  const AT_ONCE = 100;

  // Of rows that are markup, and of rows that are data, which become elements when they are shown.
  const written = (row, place) => {
    const { sort, identifier, outcome, currency, since } = row.dataset;
    let text;
    const holds = wanted => (text ??= row.textContent.toLowerCase()).includes(wanted);
    return { place, sort, identifier, outcome, currency, since, holds, element: () => row };
  };
  const packed = (texts, [cells, story, [sort, since, means, currency]], place, hits) => {
    const [money, identifier, outcome, why, then, decision, source, days] = cells.map(at => texts[at]);
    let places, kept;
    const holds = () => (places ??= [cells, story].flat(Infinity)).some(at => hits.has(at));
    const made = () => {
      const row = document.createElement("tr");
      added(row, "td", money, "n strong");
      added(row, "td", identifier || "—", "name");
      const code = added(row, "td", "", "code");
      code.title = texts[means];
      outcome.split("_").forEach((word, at) => {
        if (at) code.append("_", document.createElement("wbr"));
        code.append(word);
      });
      const told = added(row, "td", "", "why");
      added(told, "p", why);
      added(told, "p", "→ " + then, "then");
      if (decision) added(told, "p", decision);
      added(told, "p", source, "quiet");
      if (story) told.append(explained(texts, story));
      added(row, "td", days, "n");
      return row;
    };
    const element = () => (kept ??= made());
    return { place, sort, identifier, outcome, currency: texts[currency], since, holds, element };
  };
  const explained = (texts, [head, notifications, foot]) => {
    const details = document.createElement("details");
    details.className = "story";
    added(details, "summary", words.explain);
    const open = () => {
      head.forEach((at, line) => added(details, "p", texts[at], line ? "" : "strong"));
      for (const [verdict, title, lines] of notifications) {
        const section = added(details, "section", "", verdict);
        added(section, "p", texts[title], "strong");
        const list = added(section, "dl", "");
        for (const [label, text, mark] of lines) {
          if (label) {
            const pair = added(list, "div", "");
            added(pair, "dt", texts[label]);
            added(added(pair, "dd", ""), "code", texts[text]);
          } else {
            const kind = texts[mark] === "→" ? "then" : texts[mark] === " " ? "fact" : "said";
            added(section, "p", texts[mark] + " " + texts[text], kind);
          }
        }
      }
      foot.forEach(at => added(details, "p", texts[at], "quiet"));
    };
    details.addEventListener("toggle", open, { once: true });
    return details;
  };

  const list = () => {
    const table = find("rows");
    if (!table) return;
    const body = table.tBodies[0];
    const { texts, rows } = read("packed");
    const hits = new Set();
    const entries = [...body.rows].map(written);
    rows.forEach(row => entries.push(packed(texts, row, entries.length, hits)));
    const controls = ["search", "outcome", "currency"].map(find);
    const [search, outcome, currency] = controls;
    let fitting = entries;
    let limit = AT_ONCE;
    const draw = () => {
      body.replaceChildren(...fitting.slice(0, limit).map(entry => entry.element()));
      const shown = Math.min(limit, fitting.length);
      find("shown").textContent = said("shown", { shown: grouped(fitting.length), total: grouped(entries.length) });
      find("further").hidden = shown === fitting.length;
      find("further-some").textContent = said("further", { count: grouped(Math.min(AT_ONCE, fitting.length - shown)) });
      find("further-all").textContent = said("further_all", { count: grouped(fitting.length - shown) });
    };
    const filter = () => {
      const wanted = search.value.trim().toLowerCase();
      hits.clear();
      if (wanted) texts.forEach((text, at) => text.toLowerCase().includes(wanted) && hits.add(at));
      fitting = entries.filter(
        entry =>
          (!wanted || entry.holds(wanted)) &&
          (!outcome.value || entry.outcome === outcome.value) &&
          (!currency.value || entry.currency === currency.value)
      );
      limit = AT_ONCE;
      draw();
    };
    const compare = (key, sign) => (one, other) => {
      const [a, b] = [one[key], other[key]];
      if (key === "identifier" || key === "outcome") return sign * (a < b ? -1 : a > b) || one.place - other.place;
      if (!a || !b) return !a - !b || one.place - other.place;
      return sign * (Number(a) - Number(b)) || one.place - other.place;
    };
    for (const head of table.tHead.rows[0].cells) {
      if (!head.dataset.key) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const rises = head.getAttribute("aria-sort") === "descending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", rises ? "ascending" : "descending");
        entries.sort(compare(head.dataset.key, rises ? 1 : -1));
        filter();
      });
    }
    for (const control of controls) control.addEventListener("input", filter);
    find("further-some").addEventListener("click", () => {
      const first = limit;
      limit += AT_ONCE;
      draw();
      body.rows[first].querySelector("summary")?.focus();
    });
    find("further-all").addEventListener("click", () => {
      limit = Infinity;
      draw();
    });
    if (find("unlisted")) find("unlisted").hidden = true;
    find("controls").hidden = false;
    filter();
  };

  const HALF = 16;
  const OF_NO_KEY = 0xffff;
  const OTHER_WRITING = 0xfffe;
  const STEP = 4096;
  const SHOWN = 200;

  const unpacked = data => {
    const text = atob(data.octets);
    const octets = new Uint8Array(text.length);
    for (let place = 0; place < text.length; place++) octets[place] = text.charCodeAt(place);
    const view = new DataView(octets.buffer);
    const count = data.rows;
    const keys = new Uint16Array(count);
    const begins = new Uint32Array(count + 1);
    const splits = new Uint16Array(count);
    begins[0] = (6 + HALF) * count;
    for (let row = 0; row < count; row++) {
      keys[row] = view.getUint16(2 * row, true);
      splits[row] = view.getUint16(2 * count + 4 * row, true);
      begins[row + 1] = begins[row] + splits[row] + view.getUint16(2 * count + 4 * row + 2, true);
    }
    const message = row => octets.subarray(begins[row], begins[row + 1]);
    const agrees = (row, digest) => {
      const from = 6 * count + HALF * row;
      for (let place = 0; place < HALF; place++) if (octets[from + place] !== digest[place]) return false;
      return true;
    };
    return { count, keys, splits, message, agrees };
  };

  const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
  const hexed = (number, digits) => number.toString(16).toUpperCase().padStart(digits, "0");
  const visible = octets => {
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
      return text.replace(HIDDEN, one => "\\u" + hexed(one.codePointAt(0), 4));
    } catch {
      return Array.from(octets, octet => (octet > 31 && octet < 127 ? String.fromCharCode(octet) : "\\x" + hexed(octet, 2))).join("");
    }
  };

  const proof = () => {
    find("unscripted").hidden = true;
    const button = find("compute");
    if (!button) return;
    if (!window.isSecureContext || !window.crypto || !crypto.subtle) {
      find("insecure").hidden = false;
      return;
    }
    const fields = [...find("secrets").querySelectorAll("input")];
    find("secrets").hidden = false;

    const place = (data, rows) => {
      let row = 0;
      const places = [];
      for (const [source, first, count] of data.runs) {
        for (let record = first; record < first + count; record++, row++) {
          if (rows.has(row)) places.push([row, data.sources[source] + " " + record]);
        }
      }
      return new Map(places);
    };

    const computed = async (data, secrets) => {
      const packed = unpacked(data);
      const tell = find("told");
      const tally = data.keys.map(() => ({ agree: 0, count: 0 }));
      const refused = { agree: 0, count: 0 };
      const differing = new Map();
      let row = -1;
      for (let first = 0; first < packed.count; first += STEP) {
        const last = Math.min(first + STEP, packed.count);
        const wanted = [];
        for (let entry = first; entry < last; entry++) {
          const key = packed.keys[entry];
          if (key !== OTHER_WRITING) row++;
          const tried = key < OTHER_WRITING ? [key] : secrets.keys();
          if (key < OTHER_WRITING) tally[key].count++;
          if (key === OF_NO_KEY) refused.count++;
          for (const one of tried) {
            if (secrets.has(one)) wanted.push([entry, row, key, one]);
          }
        }
        const digests = await Promise.all(
          wanted.map(([entry, , , one]) => crypto.subtle.sign("HMAC", secrets.get(one), packed.message(entry)))
        );
        wanted.forEach(([entry, its, key, one], at) => {
          const agrees = packed.agrees(entry, new Uint8Array(digests[at]));
          if (key < OTHER_WRITING) tally[key].agree += agrees;
          if (agrees !== key < OTHER_WRITING && !differing.has(its)) differing.set(its, [entry, key, one]);
        });
        if (first % (8 * STEP) === 0) {
          tell.textContent = said("computing", { count: grouped(last), total: grouped(packed.count) });
          await new Promise(resolve => setTimeout(resolve));
        }
      }
      let unlike = 0;
      for (const [, key] of differing.values()) unlike += key >= OTHER_WRITING;
      refused.agree = refused.count - unlike;
      return { packed, tally, refused, differing };
    };

    const shown = (data, secrets, found, seconds) => {
      const tell = find("told");
      tell.replaceChildren();
      const checked = found.tally.reduce((sum, one, key) => sum + (secrets.has(key) ? one.count : 0), found.refused.count);
      const facts = { count: grouped(checked), differ: grouped(found.differing.size), seconds: seconds.toLocaleString(lang) };
      const isGood = found.differing.size === 0;
      added(tell, "p", said(isGood ? "agree" : "disagree", facts), isGood ? "good strong" : "bad strong");
      data.keys.forEach((key, at) => {
        const { agree, count } = found.tally[at];
        const counts = { key, agree: grouped(agree), count: grouped(count) };
        added(tell, "p", said(secrets.has(at) ? "of_key" : "not_typed", counts));
        if (secrets.has(at) && count && !agree) added(tell, "p", said("no_agreement", counts), "strong");
      });
      if (found.refused.count) {
        const counts = { agree: grouped(found.refused.agree), count: grouped(found.refused.count) };
        added(tell, "p", said("of_none", counts));
      }
      const body = find("rows-differing");
      body.replaceChildren();
      const few = new Map([...found.differing].slice(0, SHOWN));
      for (const [row, where] of place(data, few)) {
        const [entry, key, one] = few.get(row);
        const octets = found.packed.message(entry);
        const split = found.packed.splits[entry];
        const line = document.createElement("tr");
        added(line, "td", where);
        added(line, "td", visible(octets.subarray(0, split)) + "|" + visible(octets.subarray(split)));
        added(line, "td", said(key < OTHER_WRITING ? "should" : "should_not", { key: data.keys[one] }));
        body.append(line);
      }
      if (found.differing.size > SHOWN) {
        added(added(body, "tr", ""), "td", said("more", { count: grouped(found.differing.size - SHOWN) }));
      }
      find("differing").hidden = isGood;
    };

    const run = async () => {
      const data = read("data");
      const secrets = new Map();
      for (const field of fields) {
        const secret = field.value.trim();
        field.value = "";
        if (!secret) continue;
        const octets = new TextEncoder().encode(secret);
        const key = await crypto.subtle.importKey("raw", octets, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
        secrets.set(Number(field.dataset.key), key);
      }
      if (!secrets.size) {
        find("told").textContent = words.no_secret;
        return;
      }
      button.disabled = true;
      const begun = performance.now();
      const found = await computed(data, secrets);
      shown(data, secrets, found, Math.round(performance.now() - begun) / 1000);
      button.disabled = false;
    };
    button.addEventListener("click", run);
    for (const field of fields) field.addEventListener("keydown", event => event.key === "Enter" && run());
  };

  list();
  proof();
})();
