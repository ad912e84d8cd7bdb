//! The text being read and what reading it may still cost. Knows no field.

use std::cell::Cell;

use crate::MAX_BYTES;

/// The whole input, shared by everything that reads a part of it.
pub(crate) struct Input<'a> {
    text: &'a str,
    left: Cell<usize>,
}

impl<'a> Input<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        // Without aliases a node costs at most five times its own bytes, so no honest file gets here.
        Self { text, left: Cell::new(8 * MAX_BYTES) }
    }

    /// Counts one node with so many bytes of text.
    ///
    /// The YAML library limits how often aliases are followed, but not how much they repeat:
    /// thousands of aliases to one long list or string are within its limit and beyond any memory.
    pub(crate) fn spend<E: serde::de::Error>(&self, bytes: usize) -> Result<(), E> {
        let left = self.left.get().checked_sub(bytes + 4);
        self.left.set(left.ok_or_else(|| E::custom("aliases that repeat too much"))?);
        Ok(())
    }

    /// Says whether the scalar, a slice of the input, is there without quotes and without a tag.
    pub(crate) fn is_untyped(&self, scalar: &str) -> bool {
        let offset = scalar.as_ptr().addr().checked_sub(self.text.as_ptr().addr());
        let Some(before) = offset.and_then(|at| self.text.get(..at)) else { return false };
        if before.ends_with(['"', '\'']) {
            return false;
        }
        let properties = before.split_whitespace().rev();
        !properties
            .take_while(|word| word.starts_with(['!', '&']))
            .any(|word| word.starts_with('!'))
    }
}
