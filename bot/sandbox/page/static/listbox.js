// A text field with a list below it, as the WAI-ARIA combobox pattern has it. Shared by menus and the composer.
const ROOM_PX = 220;
const TALLEST_PX = 280;
const MARGIN_PX = 8;
let numbered = 0;

export class Listbox {
  // `choose(option)` is called with one of the options shown; each is {value, text, says?}.
  constructor(field, { label, choose, above = false }) {
    this.field = field;
    this.choose = choose;
    this.options = [];
    this.at = -1;
    this.list = document.createElement("ul");
    this.list.id = `list-${++numbered}`;
    this.list.className = above ? "listbox above" : "listbox afloat";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", label);
    this.list.hidden = true;
    field.after(this.list);
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.setAttribute("aria-expanded", "false");
    // Pressing must not take the focus away before the click has chosen.
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("[role=option]");
      if (item?.dataset.at) this.choose(this.options[Number(item.dataset.at)]);
    });
    field.addEventListener("blur", () => this.close());
    if (!above) {
      document.addEventListener("scroll", (event) => { if (this.open && event.target !== this.list) this.#float(); }, true);
    }
  }

  get open() { return !this.list.hidden; }

  show(options, { at = -1, nothing = "" } = {}) {
    this.options = options;
    this.list.replaceChildren(...options.map((option, index) => this.#item(option, index)));
    if (!options.length && nothing) {
      const item = document.createElement("li");
      item.setAttribute("role", "option");
      item.setAttribute("aria-disabled", "true");
      item.textContent = nothing;
      this.list.append(item);
    }
    this.list.hidden = !this.list.children.length;
    this.field.setAttribute("aria-expanded", String(this.open));
    if (this.list.matches(".afloat")) this.#float();
    this.#move(Math.min(at, options.length - 1));
  }

  close() {
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
    this.at = -1;
  }

  // True when the key meant the list and not the field.
  key(event) {
    if (!this.open || event.isComposing) return false;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const many = this.options.length;
      if (!many) return false;
      this.#move((this.at + (event.key === "ArrowDown" ? 1 : -1) + many + (this.at < 0 && event.key === "ArrowUp" ? 1 : 0)) % many);
    } else if ((event.key === "Enter" || event.key === "Tab") && this.at >= 0) {
      this.choose(this.options[this.at]);
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return false;
    }
    if (event.key !== "Tab") event.preventDefault();
    event.stopPropagation();
    return true;
  }

  // In front of everything, so that no form or pane cuts it off: below the field, or above it where there is more room.
  #float() {
    const field = this.field.getBoundingClientRect();
    const below = (window.visualViewport?.height ?? innerHeight) - field.bottom;
    const upwards = below < ROOM_PX && field.top > below;
    const { style } = this.list;
    style.minWidth = `${field.width}px`;
    style.maxHeight = `${Math.min(TALLEST_PX, (upwards ? field.top : below) - MARGIN_PX)}px`;
    style.top = upwards ? "auto" : `${field.bottom}px`;
    style.bottom = upwards ? `${innerHeight - field.top}px` : "auto";
    style.left = `${Math.max(MARGIN_PX, Math.min(field.left, innerWidth - this.list.offsetWidth - MARGIN_PX))}px`;
  }

  #item(option, index) {
    const item = document.createElement("li");
    item.id = `${this.list.id}-${index}`;
    item.dataset.at = index;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.append(option.text);
    if (option.says) {
      const says = document.createElement("small");
      says.textContent = option.says;
      item.append(" ", says);
    }
    return item;
  }

  #move(to) {
    this.list.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    this.at = to;
    const item = this.list.children[to];
    if (to < 0 || !item) {
      this.field.removeAttribute("aria-activedescendant");
      return;
    }
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", item.id);
  }
}
