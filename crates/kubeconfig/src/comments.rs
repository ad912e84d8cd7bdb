//! Comments of a text, carried over to another text of the same file. Finds what a line is about by its
//! indentation, and keeps no copy of a secret: what comes out is read again by the caller.

use zeroize::Zeroizing;

/// Writes `new`, in which every mapping and list is in block style, with the comments of `old`, each at
/// the key or entry that it was at; where that is gone, at what it was in.
pub(crate) fn carried(old: &str, new: &str) -> Option<Zeroizing<String>> {
    if !old.contains('#') {
        return None;
    }
    let (old, found) = (Outline::of(old), Outline::of(new));
    let count = new.lines().count();
    let mut above: Vec<Vec<&str>> = vec![Vec::new(); count + 1];
    let mut behind: Vec<Option<&str>> = vec![None; count];
    for (number, node) in old.nodes.iter().enumerate() {
        let (target, is_exact) = found.find(&old, number);
        let line = found.nodes[target].line;
        above[line].extend(&node.above);
        for &comment in &node.behind {
            match behind.get_mut(line) {
                Some(free @ None) if is_exact && target != 0 => *free = Some(comment),
                _ => above[line].push(comment),
            }
        }
    }
    above[count].extend(&old.last);
    let comments = above.iter().flatten().chain(behind.iter().flatten());
    let room = comments.map(|comment| comment.len() + 64).sum::<usize>();
    let mut text = Zeroizing::new(String::with_capacity(new.len() + room));
    for (number, line) in new.lines().chain([""]).enumerate() {
        let indent = line.len() - line.trim_start().len();
        for comment in &above[number] {
            // No deeper than there is room for, so that the text never moves in memory.
            (0..indent.min(32)).for_each(|_| text.push(' '));
            text.push_str(comment);
            text.push('\n');
        }
        if number == count {
            break;
        }
        text.push_str(line);
        if let Some(comment) = behind[number] {
            text.push_str("  ");
            text.push_str(comment);
        }
        text.push('\n');
    }
    Some(text)
}

/// What a node is called in the one above it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Label {
    Entry { index: usize, name: Option<String> },
    Key(String),
    Top,
}

#[derive(Debug)]
struct Node<'t> {
    parent: usize,
    label: Label,
    /// The column at which it begins.
    column: usize,
    line: usize,
    above: Vec<&'t str>,
    behind: Vec<&'t str>,
}

/// Keys and entries of a text, each with its comments; the first is the whole text.
#[derive(Debug)]
struct Outline<'t> {
    nodes: Vec<Node<'t>>,
    /// The comments behind all of them.
    last: Vec<&'t str>,
}

impl<'t> Outline<'t> {
    fn of(text: &'t str) -> Self {
        let top = Node {
            parent: 0,
            label: Label::Top,
            column: 0,
            line: 0,
            above: Vec::new(),
            behind: Vec::new(),
        };
        let mut reader = Reader { nodes: vec![top], open: Vec::new(), within: Within::Block };
        let mut waiting = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let bare = line.trim_start();
            let indent = line.len() - bare.len();
            match reader.within {
                Within::Literal { column } if bare.is_empty() || indent > column => continue,
                Within::Literal { .. } => reader.within = Within::Block,
                _ => {}
            }
            if matches!(reader.within, Within::Block) && bare.starts_with('#') {
                waiting.push(bare.trim_end());
                continue;
            }
            let is_content =
                !matches!(bare.trim_end(), "" | "---" | "...") && !bare.starts_with('%');
            if !is_content && matches!(reader.within, Within::Block) {
                continue;
            }
            let first = reader.nodes.len();
            let comment = reader.line(number, indent, bare);
            // What stands before everything is about everything.
            let owner = if first == 1 { 0 } else { first.min(reader.nodes.len() - 1) };
            reader.nodes[owner].above.append(&mut waiting);
            let last = reader.nodes.len() - 1;
            let holder =
                if first <= last { last } else { reader.open.last().copied().unwrap_or(0) };
            reader.nodes[holder].behind.extend(comment);
        }
        Self { nodes: reader.nodes, last: waiting }
    }

    /// The node that is the same as one of another text, or the innermost around it.
    fn find(&self, other: &Outline<'_>, number: usize) -> (usize, bool) {
        let node = &other.nodes[number];
        if number == 0 {
            return (0, true);
        }
        let (parent, is_exact) = self.find(other, node.parent);
        if !is_exact {
            return (parent, false);
        }
        let children = || self.nodes.iter().enumerate().skip(1).filter(|it| it.1.parent == parent);
        let same = children().find(|(_, child)| match (&child.label, &node.label) {
            (Label::Entry { name: Some(a), .. }, Label::Entry { name: Some(b), .. }) => a == b,
            (a, b) => a == b,
        });
        // An entry that was renamed is where it was.
        let renamed = || {
            let Label::Entry { index: wanted, .. } = &node.label else { return None };
            children().find(
                |(_, child)| matches!(&child.label, Label::Entry { index, .. } if index == wanted),
            )
        };
        match same.or_else(renamed) {
            Some((found, _)) => (found, true),
            None => (parent, false),
        }
    }
}

/// What the next line is part of.
enum Within {
    Block,
    /// Brackets that are open, or a quote.
    Flow {
        depth: usize,
        quote: Option<char>,
    },
    /// The lines of a block scalar.
    Literal {
        column: usize,
    },
}

struct Reader<'t> {
    nodes: Vec<Node<'t>>,
    /// The nodes that the next line may be in, the innermost last.
    open: Vec<usize>,
    within: Within,
}

impl<'t> Reader<'t> {
    /// Takes a line with content in it; its comment.
    fn line(&mut self, number: usize, indent: usize, bare: &'t str) -> Option<&'t str> {
        if let Within::Flow { depth, quote } = self.within {
            let (content, depth, quote) = ended(bare, depth, quote);
            self.within = Within::after(depth, quote);
            return comment(bare, content);
        }
        let (mut column, mut rest) = (indent, bare);
        while let Some(item) =
            rest.strip_prefix('-').filter(|it| it.is_empty() || it.starts_with(' '))
        {
            self.close(|node| {
                node.column > column
                    || (node.column == column && matches!(node.label, Label::Entry { .. }))
            });
            let parent = self.open.last().copied().unwrap_or(0);
            let index = self.nodes.iter().skip(1).filter(|node| node.parent == parent).count();
            self.push(number, column, Label::Entry { index, name: name_in(item) });
            let inner = item.trim_start();
            column += 1 + item.len() - inner.len();
            rest = inner;
        }
        let (key, value) = split_key(rest);
        if let Some(key) = key {
            self.close(|node| node.column >= column);
            if key == "name"
                && let Some(&entry) = self.open.last()
                && let Label::Entry { name, .. } = &mut self.nodes[entry].label
            {
                *name = Some(scalar(value));
            }
            self.push(number, column, Label::Key(key));
        }
        let (content, depth, quote) = ended(value, 0, None);
        self.within = Within::after(depth, quote);
        let header = value[..content].trim();
        let header =
            header.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
        if matches!(header, "|" | ">") {
            self.within = Within::Literal { column };
        }
        comment(value, content)
    }

    fn close(&mut self, is_over: impl Fn(&Node<'_>) -> bool) {
        while self.open.last().is_some_and(|&last| is_over(&self.nodes[last])) {
            self.open.pop();
        }
    }

    fn push(&mut self, line: usize, column: usize, label: Label) {
        let parent = self.open.last().copied().unwrap_or(0);
        self.open.push(self.nodes.len());
        let (above, behind) = (Vec::new(), Vec::new());
        self.nodes.push(Node { parent, label, column, line, above, behind });
    }
}

impl Within {
    const fn after(depth: usize, quote: Option<char>) -> Self {
        if depth == 0 && quote.is_none() { Self::Block } else { Self::Flow { depth, quote } }
    }
}

fn comment(text: &str, content: usize) -> Option<&str> {
    text.get(content..).map(str::trim).filter(|comment| !comment.is_empty())
}

/// Where the content of a line ends and its comment begins, how many brackets are open there, and
/// within which quotes it is.
fn ended(text: &str, mut depth: usize, mut quote: Option<char>) -> (usize, usize, Option<char>) {
    let mut before = ' ';
    let mut is_escaped = false;
    for (at, character) in text.char_indices() {
        match quote {
            Some('"') if is_escaped => is_escaped = false,
            Some('"') if character == '\\' => is_escaped = true,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None => match character {
                '#' if before.is_whitespace() => return (at, depth, None),
                '"' | '\'' if before.is_whitespace() || matches!(before, '[' | '{' | ',' | ':') => {
                    quote = Some(character);
                }
                '[' | '{' if depth > 0 || before.is_whitespace() => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
        before = character;
    }
    (text.len(), depth, quote)
}

/// The key of a line, if it has one, and what is behind it.
fn split_key(text: &str) -> (Option<String>, &str) {
    if text.starts_with(['{', '[', '#']) {
        return (None, text);
    }
    if let Some(open) = text.chars().next().filter(|first| matches!(first, '"' | '\'')) {
        let Some(end) = text[1..].find(open).map(|end| end + 1) else { return (None, text) };
        let behind = text[end + 1..].trim_start();
        return match behind.strip_prefix(':') {
            Some(value) => (Some(text[1..end].to_owned()), value),
            None => (None, text),
        };
    }
    let is_end = |at: usize| text[at + 1..].chars().next().is_none_or(char::is_whitespace);
    let colon = text.match_indices(':').map(|(at, _)| at).find(|&at| is_end(at));
    match colon {
        Some(at) => (Some(text[..at].trim_end().to_owned()), &text[at + 1..]),
        None => (None, text),
    }
}

/// The name in an entry that stands on one line: `- {name: a, context: {cluster: c}}`.
fn name_in(item: &str) -> Option<String> {
    let (_, value) = item.trim_start().strip_prefix('{')?.split_once("name:")?;
    Some(scalar(value.split([',', '}']).next()?))
}

fn scalar(text: &str) -> String {
    let (content, ..) = ended(text, 0, None);
    text[..content].trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "\
# ask ops first

apiVersion: v1
kind: Config
# the one that is used
current-context: a # not b
contexts: # all of them
- {name: a, context: {cluster: c, user: u}} # a's
# b's own
- context:
    # where
    cluster: 'c#1'
    user: u
  name: b
users: [
  # by hand
  {name: u, user: {token: t#t}},
]
text: |
  # no comment
# the end
";

    const NEW: &str = "\
apiVersion: v1
contexts:
- context:
    cluster: c
    namespace: n
    user: u
  name: new
- context:
    cluster: c#1
    user: u
  name: b
current-context: a
kind: Config
users:
- name: u
  user:
    token: t#t
";

    #[test]
    fn each_comment_stays_with_what_it_is_about() {
        let expected = "\
# ask ops first
apiVersion: v1
contexts:  # all of them
- context:  # a's
    cluster: c
    namespace: n
    user: u
  name: new
# b's own
- context:
    # where
    cluster: c#1
    user: u
  name: b
# the one that is used
current-context: a  # not b
kind: Config
users:  # by hand
- name: u
  user:
    token: t#t
# the end
";
        assert_eq!(carried(OLD, NEW).unwrap().as_str(), expected);
        // What comes out has its own comments, and keeps them.
        assert_eq!(carried(expected, NEW).unwrap().as_str(), expected);
    }

    #[test]
    fn a_comment_on_what_is_gone_is_on_what_it_was_in() {
        let old = "a:\n  b: 1\n  # about c\n  c: 2 # two\nd: 3 # three\n";
        let kept = carried(old, "a:\n  b: 1\ne: 4\n").unwrap();
        assert_eq!(kept.as_str(), "# about c\n# two\n# three\na:\n  b: 1\ne: 4\n");
    }

    #[test]
    fn any_text_is_taken() {
        for old in
            ["#", "- #", "-", ":", "'#", "\"\\#", "? #\n: #", "{#", "a: {\n#\n}\n#", "- - - #\n"]
        {
            let Some(kept) = carried(old, NEW) else { continue };
            let bare: Vec<_> =
                kept.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
            assert_eq!(bare.len(), NEW.lines().count(), "{old:?}: {}", kept.as_str());
        }
    }
}
