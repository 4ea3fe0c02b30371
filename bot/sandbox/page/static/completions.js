// What may be completed while somebody types: commands, people, channels, emoji.
const told = JSON.parse(document.getElementById("completions")?.textContent || "{}");
const SHOWN = 8;

const NAMED = {
  "@": (typed) => told.people.filter((one) => `${one.name} ${one.text}`.toLowerCase().includes(typed))
    .map((one) => ({ value: `@${one.name} `, text: one.text, says: one.title })),
  "#": (typed) => told.channels.filter((one) => one.includes(typed)).map((one) => ({ value: `#${one} `, text: `#${one}` })),
  ":": (typed) => told.emoji.filter((one) => typed.length > 1 && one.name.includes(typed))
    .map((one) => ({ value: `:${one.name}: `, text: `${one.char} ${one.name}` })),
};

// For the text before the caret: options to put in place of what stands after `from`, or a hint at what comes next.
export function completionsAt(text) {
  const named = namesAt(text);
  return named.options.length ? named : commandsAt(text);
}

function namesAt(text) {
  const [, sign, typed] = /(?:^|\s)([@#:])([\w.+-]*)$/.exec(text) ?? [];
  if (!sign) return { options: [] };
  return { from: text.length - typed.length - 1, options: NAMED[sign](typed.toLowerCase()).slice(0, SHOWN) };
}

function commandsAt(text) {
  if (!/^\/[^\n]*$/.test(text) || !told.commands) return { options: [] };
  const typed = text.toLowerCase();
  const fits = told.commands.filter((one) => verbOf(one).startsWith(typed));
  const [meant] = told.commands.filter((one) => `${typed} `.startsWith(`${verbOf(one)} `));
  if (fits.some((one) => one !== meant)) {
    return { from: 0, options: fits.map((one) => ({ value: `${verbOf(one)} `, text: one.usage, says: one.says })) };
  }
  return { options: [], hint: meant ? `${meant.usage}: ${meant.says}` : "" };
}

// The part of a usage that is typed as it stands: "/ml-incident open".
const verbOf = (command) => command.usage.split(/ [<[@]/)[0].toLowerCase();
