//! The difference between two kubeconfigs, written into the text of the first. Every byte outside a value
//! that differs stays. Gives up (`None`) where an entry is removed or moved.

use std::{cmp::Ordering, ops::Range};

use zeroize::Zeroizing;

use crate::{
    spans::{Located, LocatedField, Outline, Shape},
    tree::{Mapping, Yaml},
    write::{self, Sink},
};

/// Writes `now` into `text`, which means `was`.
pub(crate) fn spliced(
    text: &str,
    outline: &Outline,
    was: &Mapping<'_>,
    now: &Mapping<'_>,
) -> Option<Zeroizing<String>> {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut splices = Splices { text, newline, all: Vec::new() };
    splices.mapping(&outline.root, was, now)?;
    splices.applied()
}

/// What is written at some places of a text.
struct Splices<'t> {
    text: &'t str,
    newline: &'static str,
    /// What is replaced, and by what. An empty range is an insertion.
    all: Vec<(Range<usize>, Zeroizing<String>)>,
}

impl Splices<'_> {
    fn mapping(&mut self, place: &Located, was: &Mapping<'_>, now: &Mapping<'_>) -> Option<()> {
        let (fields, column) = match &place.shape {
            Shape::BlockMapping { column, fields } => (fields, Some(*column)),
            Shape::FlowMapping { fields } => (fields, None),
            _ => return None,
        };
        let field = |name: &str| fields.iter().find(|field| field.name == name);
        let mut added = Vec::new();
        for (&name, value) in now {
            match (field(name), was.get(name)) {
                (_, Some(before)) if before == value => {}
                (Some(found), before) => self.value(&found.value, before, value, column)?,
                (None, _) => added.push((name, value)),
            }
        }
        let is_gone = |name: &str| was.contains_key(name) && !now.contains_key(name);
        let mut gone = fields.iter().filter(|field| is_gone(&field.name)).collect::<Vec<_>>();
        gone.sort_by(|one, other| one.name.cmp(&other.name));
        // A key that takes the place of another: its comments are about both.
        let exchanged = gone.len().min(added.len());
        for (old, (name, value)) in gone.drain(..exchanged).zip(added.drain(..exchanged)) {
            self.exchange(old, name, value, column)?;
        }
        for old in gone {
            self.remove(old, fields, column)?;
        }
        for (name, value) in added {
            let kept = fields.iter().filter(|field| !is_gone(&field.name));
            let before = kept.filter(|field| field.name.as_str() < name);
            let before = before.max_by(|one, other| one.name.cmp(&other.name));
            self.add_field(place, before, fields.first(), (name, value), column)?;
        }
        Some(())
    }

    /// Writes one value in the place of another; `column` is that of the key or dash, in block style.
    fn value(
        &mut self,
        place: &Located,
        was: Option<&Yaml<'_>>,
        now: &Yaml<'_>,
        column: Option<usize>,
    ) -> Option<()> {
        match (was, now, &place.shape) {
            (
                Some(Yaml::Mapping(was)),
                Yaml::Mapping(now),
                Shape::BlockMapping { .. } | Shape::FlowMapping { .. },
            ) if !now.is_empty() => self.mapping(place, was, now),
            (
                Some(Yaml::List(was)),
                Yaml::List(now),
                Shape::BlockList { items, .. } | Shape::FlowList { items },
            ) if !now.is_empty() && !items.is_empty() => self.list(place, items, was, now),
            _ => self.replace(place, now, column),
        }
    }

    fn replace(&mut self, place: &Located, now: &Yaml<'_>, column: Option<usize>) -> Option<()> {
        let is_collection = match now {
            Yaml::List(items) => !items.is_empty(),
            Yaml::Mapping(map) => !map.is_empty(),
            _ => false,
        };
        let old = &self.text[place.span.clone()];
        match (&place.shape, column) {
            (Shape::BlockList { .. } | Shape::BlockMapping { .. }, _) => None,
            (Shape::Literal { header }, _) if !is_collection => {
                let body = self.line_end(header.end)..place.span.end;
                self.put(header.clone(), |out| write::leaf_like(out, now, ""));
                self.put(body, |_| ());
                Some(())
            }
            (Shape::Literal { .. }, _) => None,
            (Shape::FlowList { items }, Some(_)) if is_collection && !items.is_empty() => None,
            (_, Some(column)) if is_collection => {
                let before = self.text[..place.span.start].trim_end_matches([' ', '\t']).len();
                self.put(before..place.span.end, |_| ());
                let end = self.line_end(place.span.end);
                let newline = self.newline;
                self.put(end..end, |out| {
                    out.push(newline);
                    write::block(out, now, column, newline);
                });
                Some(())
            }
            (Shape::Absent, _) => {
                self.put(place.span.clone(), |out| {
                    out.push(" ");
                    write::flow(out, now, false);
                });
                Some(())
            }
            (_, None) if is_collection => {
                let is_json = self.is_json();
                self.put(place.span.clone(), |out| write::flow(out, now, is_json));
                Some(())
            }
            _ => {
                self.put(place.span.clone(), |out| write::leaf_like(out, now, old));
                Some(())
            }
        }
    }

    fn exchange(
        &mut self,
        old: &LocatedField,
        name: &str,
        value: &Yaml<'_>,
        column: Option<usize>,
    ) -> Option<()> {
        let is_leaf = !matches!(value, Yaml::List(_) | Yaml::Mapping(_));
        let key = &self.text[old.key.clone()];
        self.put(old.key.clone(), |out| write::leaf_like(out, &Yaml::Text(name), key));
        if is_leaf { self.replace(&old.value, value, column) } else { None }
    }

    fn remove(
        &mut self,
        old: &LocatedField,
        fields: &[LocatedField],
        column: Option<usize>,
    ) -> Option<()> {
        let index = fields.iter().position(|field| std::ptr::eq(field, old))?;
        let start = self.text[..old.key.start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.line_end(old.value.span.end);
        let range = match (column, fields.get(index + 1)) {
            (None, Some(next)) => old.key.start..next.key.start,
            (None, None) if index == 0 => old.key.start..old.value.span.end,
            (None, None) => fields[index - 1].value.span.end..old.value.span.end,
            // A key on the line of a dash stays where it is.
            (Some(_), _) if !self.text[start..old.key.start].trim().is_empty() => return None,
            (Some(_), _) => start..(end + self.newline.len()).min(self.text.len()),
        };
        // A comment would be about something else, or be lost.
        if self.text[range.clone()].contains('#') {
            return None;
        }
        self.put(range, |_| ());
        Some(())
    }

    fn add_field(
        &mut self,
        place: &Located,
        before: Option<&LocatedField>,
        first: Option<&LocatedField>,
        (name, value): (&str, &Yaml<'_>),
        column: Option<usize>,
    ) -> Option<()> {
        let newline = self.newline;
        let Some(column) = column else {
            let is_json =
                first.map_or(self.is_json(), |first| self.text[first.key.clone()].starts_with('"'));
            let field = |out: &mut dyn Sink| {
                write::flow_key(out, name, is_json);
                write::flow(out, value, is_json);
            };
            match (before, first) {
                (Some(before), _) => {
                    let at = before.value.span.end;
                    self.put(at..at, |out| {
                        out.push(", ");
                        field(out);
                    });
                }
                (None, Some(first)) => {
                    let at = first.key.start;
                    self.put(at..at, |out| {
                        field(out);
                        out.push(", ");
                    });
                }
                (None, None) => {
                    let at = place.span.start + 1;
                    self.put(at..at, field);
                }
            }
            return Some(());
        };
        match before {
            Some(before) => {
                let at = self.line_end(before.value.span.end);
                self.put(at..at, |out| {
                    out.push(newline);
                    write::spaces(out, column);
                    write::block_field(out, name, value, column, newline);
                });
            }
            None => {
                let at = first?.key.start;
                self.put(at..at, |out| {
                    write::block_field(out, name, value, column, newline);
                    out.push(newline);
                    write::spaces(out, column);
                });
            }
        }
        Some(())
    }

    /// Entries are the same by their name; one that was renamed is where it was.
    fn list(
        &mut self,
        place: &Located,
        items: &[Located],
        was: &[Yaml<'_>],
        now: &[Yaml<'_>],
    ) -> Option<()> {
        if items.len() != was.len() {
            return None;
        }
        let column = match place.shape {
            Shape::BlockList { column, .. } => Some(column),
            _ => None,
        };
        let by_name = |entry: &Yaml<'_>| {
            let name = name_of(entry)?;
            now.iter().position(|other| name_of(other) == Some(name))
        };
        let is_new = |entry: &Yaml<'_>| {
            name_of(entry).is_none_or(|name| !was.iter().any(|old| name_of(old) == Some(name)))
        };
        let mut next = 0;
        for (index, (item, before)) in items.iter().zip(was).enumerate() {
            let renamed = || now.get(index).filter(|entry| is_new(entry)).map(|_| index);
            let found = by_name(before).or_else(renamed)?;
            match found.cmp(&next) {
                Ordering::Less => return None,
                Ordering::Equal => {}
                Ordering::Greater => {
                    let previous = index.checked_sub(1).map(|previous| &items[previous]);
                    self.add_items(previous, item, &now[next..found], column);
                }
            }
            if *before != now[found] {
                self.value(item, Some(before), &now[found], column)?;
            }
            next = found + 1;
        }
        let last = items.last()?;
        self.add_items(Some(last), last, &now[next..], column);
        Some(())
    }

    /// Adds entries behind one, or before the first.
    fn add_items(
        &mut self,
        previous: Option<&Located>,
        first: &Located,
        added: &[Yaml<'_>],
        column: Option<usize>,
    ) {
        let newline = self.newline;
        let is_json = self.is_json();
        for item in added {
            match (previous, column) {
                (Some(previous), Some(column)) => {
                    let at = self.line_end(previous.span.end);
                    self.put(at..at, |out| {
                        out.push(newline);
                        write::spaces(out, column);
                        write::block_item(out, item, column, newline);
                    });
                }
                (None, Some(column)) => {
                    let at = self.text[..first.span.start].rfind('-').unwrap_or(0);
                    self.put(at..at, |out| {
                        write::block_item(out, item, column, newline);
                        out.push(newline);
                        write::spaces(out, column);
                    });
                }
                (Some(previous), None) => self.put(previous.span.end..previous.span.end, |out| {
                    out.push(", ");
                    write::flow(out, item, is_json);
                }),
                (None, None) => self.put(first.span.start..first.span.start, |out| {
                    write::flow(out, item, is_json);
                    out.push(", ");
                }),
            }
        }
    }

    fn is_json(&self) -> bool {
        self.text.trim_start().starts_with('{') && self.text.contains("\":")
    }

    fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |length| at + length);
        at + self.text[at..end].trim_end_matches('\r').len()
    }

    /// The buffer is measured first, so that no secret stays behind in a smaller one.
    fn put(&mut self, range: Range<usize>, text: impl Fn(&mut dyn Sink)) {
        self.all.push((range, write::measured(text)));
    }

    fn applied(mut self) -> Option<Zeroizing<String>> {
        self.all.sort_by_key(|(range, _)| range.start);
        let more: usize = self.all.iter().map(|(_, new)| new.len()).sum();
        let mut out = Zeroizing::new(String::with_capacity(self.text.len() + more));
        let mut at = 0;
        for (range, new) in &self.all {
            out.push_str(self.text.get(at..range.start)?);
            out.push_str(new);
            at = range.end;
        }
        out.push_str(self.text.get(at..)?);
        Some(out)
    }
}

fn name_of<'a>(entry: &Yaml<'a>) -> Option<&'a str> {
    let Yaml::Mapping(map) = entry else { return None };
    match map.get("name") {
        Some(Yaml::Text(name)) => Some(name),
        _ => None,
    }
}
