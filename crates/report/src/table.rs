//! Rows in columns that are as wide as what stands in them.

use crate::{Line, Style};

/// A table for people.
#[derive(Clone, Debug)]
pub struct Table<const N: usize> {
    head: [&'static str; N],
    rows: Vec<TableRow<N>>,
    widths: [usize; N],
    first_at_most: usize,
}

#[derive(Clone, Debug)]
struct TableRow<const N: usize> {
    cells: [Line; N],
    below: Vec<Line>,
}

impl<const N: usize> Table<N> {
    /// A table of these columns, without rows.
    pub fn new(head: [&'static str; N]) -> Self {
        let widths = head.map(|heading| Line::from(heading).width());
        Self { head, rows: Vec::new(), widths, first_at_most: usize::MAX }
    }

    /// The same with columns of at least these widths: for rows that are printed one by one.
    #[must_use]
    pub fn at_least(mut self, widths: [usize; N]) -> Self {
        for (width, wanted) in self.widths.iter_mut().zip(widths) {
            *width = (*width).max(wanted);
        }
        self
    }

    /// The same where a first cell that is wider than this has a line of its own.
    #[must_use]
    pub const fn with_first_at_most(mut self, columns: usize) -> Self {
        self.first_at_most = columns;
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [impl Into<Line>; N]) {
        self.row_with(cells, Vec::new());
    }

    /// Adds a row with lines of its own below it.
    pub fn row_with(&mut self, cells: [impl Into<Line>; N], below: Vec<Line>) {
        let cells = cells.map(Into::into);
        for (column, (width, cell)) in self.widths.iter_mut().zip(&cells).enumerate() {
            let cell = cell.width();
            if column > 0 || cell <= self.first_at_most {
                *width = (*width).max(cell);
            }
        }
        self.rows.push(TableRow { cells, below });
    }

    /// The heading.
    pub fn heading(&self) -> Line {
        Line::new().styled(Style::Bold, &self.joined(&self.head.map(Line::from)).plain())
    }

    /// One row, as wide as the columns are by now.
    pub fn line(&self, cells: [impl Into<Line>; N]) -> Line {
        self.joined(&cells.map(Into::into))
    }

    /// The rows, without the heading.
    pub fn rows(&self) -> Vec<Line> {
        self.rows.iter().flat_map(|row| self.lines_of(row)).collect()
    }

    /// The heading and the rows; nothing where there is no row.
    pub fn lines(&self) -> Vec<Line> {
        match self.rows.is_empty() {
            true => Vec::new(),
            false => std::iter::once(self.heading()).chain(self.rows()).collect(),
        }
    }

    fn lines_of(&self, row: &TableRow<N>) -> Vec<Line> {
        let mut cells = row.cells.clone();
        let mut lines = Vec::new();
        if let Some(first) = cells.first_mut()
            && first.width() > self.first_at_most
        {
            lines.push(std::mem::take(first));
        }
        lines.push(self.joined(&cells));
        lines.extend(row.below.iter().cloned());
        lines
    }

    fn joined(&self, cells: &[Line; N]) -> Line {
        let last = cells.iter().rposition(|cell| cell.width() > 0).unwrap_or_default();
        let cells = cells.iter().take(last + 1).enumerate();
        cells.fold(Line::new(), |line, (column, cell)| {
            let line = line.join(cell.clone());
            if column == last {
                return line;
            }
            let missing = self.widths[column].saturating_sub(cell.width());
            line.then(&" ".repeat(missing + 2))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(lines: &[Line]) -> Vec<String> {
        lines.iter().map(Line::plain).collect()
    }

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let mut table = Table::new(["A", "NAME", "END"]);
        assert!(table.lines().is_empty());
        table.row(["中文", "b\u{200b}", "last"]);
        table.row(["x", "", ""]);
        let lines = plain(&table.lines());
        assert_eq!(lines, ["A     NAME       END", "中文  b\\u{200b}  last", "x"]);
    }

    #[test]
    fn a_first_cell_that_is_too_wide_has_a_line_of_its_own() {
        let mut table = Table::new(["NAME", "END"]).with_first_at_most(5);
        table.row_with(["much too long", "x"], vec!["  below".into()]);
        table.row(["short", "y"]);
        let lines = plain(&table.lines());
        assert_eq!(lines, ["NAME   END", "much too long", "       x", "  below", "short  y"]);
    }

    #[test]
    fn rows_one_by_one_have_the_widths_that_were_said() {
        let table = Table::new(["ROW", "END"]).at_least([6, 0]);
        assert_eq!(table.heading().plain(), "ROW     END");
        assert_eq!(table.line(["1", "x"]).plain(), "1       x");
    }
}
