//! Goes through a YAML document once, from node to node. Recursion is bounded by the depth that a
//! kubeconfig may have, which is checked before.

use std::ops::Range;

use super::{Located, LocatedField, Shape};

pub(super) struct Scanner<'t> {
    text: &'t str,
    /// Where the document begins.
    start: usize,
    at: usize,
    pub(super) comments: Vec<Range<usize>>,
}

impl<'t> Scanner<'t> {
    pub(super) const fn new(text: &'t str, start: usize) -> Self {
        Self { text, start, at: start, comments: Vec::new() }
    }

    /// The outermost node, if nothing is behind it.
    pub(super) fn root(&mut self) -> Option<Located> {
        self.skip();
        let root = match self.peek() {
            None => absent(self.at),
            Some(_) => self.block_node(None)?,
        };
        self.skip();
        self.peek().is_none().then_some(root)
    }

    fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn is_blank(&self, at: usize) -> bool {
        self.byte(at).is_none_or(|byte| byte.is_ascii_whitespace())
    }

    fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |length| at + length)
    }

    /// The column of what stands first on its line, or behind dashes alone.
    fn column(&self) -> Option<usize> {
        let line = self.text[..self.at].rfind('\n').map_or(0, |newline| newline + 1);
        let before = &self.text[line.max(self.start)..self.at];
        before.bytes().all(|byte| matches!(byte, b' ' | b'-')).then_some(before.len())
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
    }

    /// Goes on to what is neither white nor a comment.
    fn skip(&mut self) {
        loop {
            while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
                self.at += 1;
            }
            if !(self.peek() == Some(b'#') && (self.at == 0 || self.is_blank(self.at - 1))) {
                return;
            }
            let end = self.line_end(self.at);
            let end = self.at + self.text[self.at..end].trim_end().len();
            self.comments.push(self.at..end);
            self.at = end;
        }
    }

    fn is_dash(&self) -> bool {
        self.peek() == Some(b'-') && self.is_blank(self.at + 1)
    }

    /// A node that begins here; `above` is the column of what it is in.
    fn block_node(&mut self, above: Option<usize>) -> Option<Located> {
        let column = self.column()?;
        if above.is_some_and(|above| column < above) {
            return None;
        }
        if self.is_dash() {
            return self.block_list(column);
        }
        match self.key_end() {
            Some(_) => self.block_mapping(column),
            None => self.inline(above),
        }
    }

    fn block_list(&mut self, column: usize) -> Option<Located> {
        let (start, mut end, mut items) = (self.at, self.at, Vec::new());
        while self.is_dash() && self.column() == Some(column) {
            self.at += 1;
            let behind = self.at;
            self.spaces();
            let is_here = !matches!(self.peek(), None | Some(b'\r' | b'\n' | b'#'));
            self.skip();
            let item = match self.column() {
                _ if self.peek().is_none() => absent(behind),
                Some(inner) if is_here || inner > column => self.block_node(Some(column))?,
                _ => absent(behind),
            };
            end = item.span.end;
            items.push(item);
            self.skip();
        }
        self.ends_before(column)?;
        Some(Located { span: start..end, shape: Shape::BlockList { column, items } })
    }

    fn block_mapping(&mut self, column: usize) -> Option<Located> {
        let (start, mut end, mut fields) = (self.at, self.at, Vec::new());
        while self.peek().is_some() && self.column() == Some(column) && !self.is_dash() {
            let (key, name) = self.key()?;
            self.at = key.end;
            self.spaces();
            self.at += 1;
            let behind = self.at;
            self.spaces();
            while matches!(self.peek(), Some(b'&' | b'!')) {
                self.word();
                self.spaces();
            }
            let value = if matches!(self.peek(), None | Some(b'\r' | b'\n' | b'#')) {
                self.skip();
                match self.column() {
                    _ if self.peek().is_none() => absent(behind),
                    Some(inner) if inner > column || inner == column && self.is_dash() => {
                        self.block_node(Some(column))?
                    }
                    _ => absent(behind),
                }
            } else {
                self.inline(Some(column))?
            };
            end = value.span.end;
            fields.push(LocatedField { name, key, value });
            self.skip();
        }
        self.ends_before(column)?;
        Some(Located { span: start..end, shape: Shape::BlockMapping { column, fields } })
    }

    /// Whether what follows is no deeper than what has ended.
    fn ends_before(&self, column: usize) -> Option<()> {
        let is_over = self.peek().is_none() || self.column()? <= column;
        is_over.then_some(())
    }

    fn word(&mut self) {
        while self.peek().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Where the key that begins here ends, if one does.
    fn key_end(&self) -> Option<usize> {
        let line = &self.text[self.at..self.line_end(self.at)];
        if line.starts_with(['{', '[', '?', '&', '!', '|', '>', '#', '%', '@', '`']) {
            return None;
        }
        if line.starts_with(['"', '\'']) {
            let end = self.quoted_end(self.at)?;
            let rest = self.text[end..].trim_start_matches([' ', '\t']);
            let behind = self.text.len() - rest.len() + 1;
            return (rest.starts_with(':') && self.is_blank(behind)).then_some(end);
        }
        for (index, byte) in line.bytes().enumerate() {
            match byte {
                b':' if self.is_blank(self.at + index + 1) => {
                    return Some(self.at + line[..index].trim_end().len());
                }
                b'#' if index > 0 && self.is_blank(self.at + index - 1) => return None,
                _ => {}
            }
        }
        None
    }

    fn key(&self) -> Option<(Range<usize>, String)> {
        let key = self.at..self.key_end()?;
        let name = key_name(&self.text[key.clone()])?;
        Some((key, name))
    }

    /// A node that is no block mapping and no block list.
    fn inline(&mut self, above: Option<usize>) -> Option<Located> {
        match self.peek()? {
            b'|' | b'>' => self.literal(above),
            b'{' | b'[' => self.flow(),
            b'"' | b'\'' => self.quoted(),
            _ => Some(self.plain(above)),
        }
    }

    fn literal(&mut self, above: Option<usize>) -> Option<Located> {
        let start = self.at;
        self.word();
        let header = start..self.at;
        self.spaces();
        let line_end = self.line_end(self.at);
        if self.peek() == Some(b'#') {
            self.comments.push(self.at..self.at + self.text[self.at..line_end].trim_end().len());
        } else if !self.text[self.at..line_end].trim().is_empty() {
            return None;
        }
        let mut end = header.end;
        self.at = line_end;
        while let Some(b'\n') = self.peek() {
            let (line, line_end) = (self.at + 1, self.line_end(self.at + 1));
            let text = &self.text[line..line_end];
            let indent = text.len() - text.trim_start_matches(' ').len();
            let is_empty = text.trim().is_empty();
            if !is_empty && above.is_some_and(|above| indent <= above) {
                break;
            }
            self.at = line_end;
            if !is_empty {
                end = line + text.trim_end_matches('\r').len();
            }
        }
        Some(Located { span: start..end, shape: Shape::Literal { header } })
    }

    fn plain(&mut self, above: Option<usize>) -> Located {
        let start = self.at;
        let mut end = start;
        loop {
            let line = &self.text[self.at..self.line_end(self.at)];
            let comment = line.match_indices('#').map(|(index, _)| index);
            let comment = comment.into_iter().find(|&i| i > 0 && self.is_blank(self.at + i - 1));
            let content = line[..comment.unwrap_or(line.len())].trim_end();
            end = if content.is_empty() { end } else { self.at + content.len() };
            self.at = end;
            if comment.is_some() {
                break;
            }
            let rest = &self.text[end..];
            let next = end + (rest.len() - rest.trim_start().len());
            let line = self.text[..next].rfind('\n').map_or(0, |newline| newline + 1);
            let is_deeper = above.is_none_or(|above| next - line > above);
            if line <= end || !is_deeper || matches!(self.byte(next), None | Some(b'#')) {
                break;
            }
            self.at = next;
        }
        Located { span: start..end, shape: Shape::Scalar }
    }

    fn quoted_end(&self, start: usize) -> Option<usize> {
        let quote = self.byte(start)?;
        let mut at = start + 1;
        loop {
            match self.byte(at)? {
                b'\\' if quote == b'"' => at += 1,
                byte if byte == quote && quote == b'\'' && self.byte(at + 1) == Some(b'\'') => {
                    at += 1;
                }
                byte if byte == quote => return Some(at + 1),
                _ => {}
            }
            at += 1;
        }
    }

    fn quoted(&mut self) -> Option<Located> {
        let span = self.at..self.quoted_end(self.at)?;
        self.at = span.end;
        Some(Located { span, shape: Shape::Scalar })
    }

    fn flow(&mut self) -> Option<Located> {
        while matches!(self.peek(), Some(b'&' | b'!')) {
            self.word();
            self.skip();
        }
        let start = self.at;
        let is_list = match self.peek()? {
            b'[' => true,
            b'{' => false,
            b'"' | b'\'' => return self.quoted(),
            _ => return Some(self.flow_plain()),
        };
        self.at += 1;
        let (mut items, mut fields) = (Vec::new(), Vec::new());
        loop {
            self.skip();
            if self.peek()? == if is_list { b']' } else { b'}' } {
                self.at += 1;
                break;
            }
            if is_list {
                items.push(self.flow()?);
            } else {
                fields.push(self.flow_field()?);
            }
            self.skip();
            match self.peek()? {
                b',' => self.at += 1,
                b']' if is_list => {}
                b'}' if !is_list => {}
                _ => return None,
            }
        }
        let shape = if is_list { Shape::FlowList { items } } else { Shape::FlowMapping { fields } };
        Some(Located { span: start..self.at, shape })
    }

    fn flow_field(&mut self) -> Option<LocatedField> {
        let key = match self.peek()? {
            b'"' | b'\'' => self.quoted()?,
            b'?' | b'&' | b'!' | b'*' | b'[' | b'{' => return None,
            _ => self.flow_plain(),
        };
        let key = key.span;
        let name = key_name(&self.text[key.clone()])?;
        self.skip();
        if self.peek()? != b':' {
            return None;
        }
        self.at += 1;
        let behind = self.at;
        self.skip();
        let value = match self.peek()? {
            b',' | b'}' => absent(behind),
            _ => self.flow()?,
        };
        Some(LocatedField { name, key, value })
    }

    fn flow_plain(&mut self) -> Located {
        let start = self.at;
        while let Some(byte) = self.peek() {
            let next = self.byte(self.at + 1);
            let is_end = match byte {
                b',' | b'[' | b']' | b'{' | b'}' => true,
                b':' => self.is_blank(self.at + 1) || matches!(next, Some(b',' | b']' | b'}')),
                b'#' => self.at > start && self.is_blank(self.at - 1),
                _ => false,
            };
            if is_end {
                break;
            }
            self.at += 1;
        }
        let end = start + self.text[start..self.at].trim_end().len();
        self.at = end;
        Located { span: start..end, shape: Shape::Scalar }
    }
}

const fn absent(at: usize) -> Located {
    Located { span: at..at, shape: Shape::Absent }
}

/// A key without its quotes; none of ours needs an escape.
fn key_name(text: &str) -> Option<String> {
    let name = match text.as_bytes().first()? {
        quote @ (b'"' | b'\'') => {
            text.strip_prefix(char::from(*quote))?.strip_suffix(char::from(*quote))?
        }
        b'*' => return None,
        _ => text,
    };
    (!name.contains(['\\', '\'', '"', '\n'])).then(|| name.to_owned())
}
