// Just enough XML for the result files of GoogleTest and CTest.

const entities = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

export function unescape(text) {
  return text.replace(/&(#x?[0-9a-fA-F]+|[a-z]+);/g, (whole, name) => {
    if (name.startsWith('#x')) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return entities[name] ?? whole;
  });
}

/** Every <name ...> element of that name, as its attributes and its inner text. */
export function* elements(xml, name) {
  const pattern = new RegExp(`<${name}\\s([^>]*?)(/>|>([\\s\\S]*?)</${name}>)`, 'g');
  for (const [, head, , inner = ''] of xml.matchAll(pattern)) {
    const attributes = {};
    for (const [, key, value] of head.matchAll(/([\w:]+)="([^"]*)"/g)) {
      attributes[key] = unescape(value);
    }
    yield { attributes, inner };
  }
}
