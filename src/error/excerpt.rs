//! The outline of a body without its values, safe to log.

/// The maximum length of an outline, in characters.
const LONGEST: usize = 200;

/// How many bytes of a body are examined.
const LOOKED_AT: usize = 4_096;

/// Keeps the names of fields and tags; leaves out texts, numbers and attributes.
pub(super) fn of(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..LOOKED_AT).unwrap_or(body));
    let text = text.trim();
    let shape = if text.starts_with('<') { page(text) } else { json(text) };
    match shape.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", shape.get(..end).unwrap_or_default()),
        None => shape,
    }
}

/// Tags that show what kind of page it is.
const TAGS: [&str; 18] = [
    "!doctype", "html", "head", "title", "meta", "body", "h1", "h2", "p", "a", "form", "input", "script", "style",
    "center", "hr", "div", "table",
];

/// The tags of a page.
fn page(text: &str) -> String {
    let names = text.split('<').filter_map(|piece| {
        let name: String = piece.chars().take_while(|c| c.is_ascii_alphanumeric() || "!/".contains(*c)).collect();
        TAGS.contains(&name.trim_start_matches('/').to_lowercase().as_str()).then(|| format!("<{name}>"))
    });
    names.collect()
}

/// The outline of JSON: punctuation and field names. Everything else becomes a dot.
fn json(text: &str) -> String {
    let mut shape = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let end = end_of_string(rest);
            let (string, after) = rest.split_at(end);
            // A key may be an address or an id as well, so only short names of plain letters are kept.
            let is_name = after.trim_start().starts_with(':') && string.len() <= 40;
            let is_plain = |c: char| c.is_ascii_alphabetic() || matches!(c, '"' | '_' | '-');
            shape.push_str(if is_name && string.chars().all(is_plain) { string } else { "\"…\"" });
            rest = after;
            continue;
        }
        if "{}[]:,".contains(first) {
            shape.push(first);
        } else if !first.is_whitespace() && !shape.ends_with('·') {
            shape.push('·');
        }
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
    }
    shape
}

/// The end of the string at the start of a text.
fn end_of_string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(end, _)| end + 1)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn an_outline_says_nothing_of_what_is_there() {
        let body =
            r#"{"user":{"id":7,"email":"ada@example.com","tags":["a \" b",null],"ada@example.com":1,"k3y":true}}"#;
        assert_eq!(of(body.as_bytes()), r#"{"user":{"id":·,"email":"…","tags":["…",·],"…":·,"…":·}}"#);
        assert_eq!(of(b"<!doctype html><title>Hello Ada</title><a href='?apiKey=x'>"), "<!doctype><title></title><a>");
        assert_eq!(of(b"plain words of a proxy"), "·");
        assert_eq!(of(b"{\"a\":\"cut off"), "{\"a\":\"…\"");
        assert_eq!(of(b""), "");
    }

    #[test]
    fn an_outline_is_short() {
        let body = "[1,".repeat(100_000);
        assert_eq!(of(body.as_bytes()).chars().count(), super::LONGEST + 1);
    }
}
