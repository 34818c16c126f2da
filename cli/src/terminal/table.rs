//! Tables of text.

use super::style::{columns, Colour, Style};

/// How a column is aligned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// A table: a header and rows of as many cells.
#[derive(Debug, Clone)]
pub struct Table {
    /// Heading and alignment of each column.
    header: Vec<(String, Align)>,
    /// Cells, row by row; each row is as long as the header.
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Self {
        Self {
            header: columns
                .iter()
                .map(|(name, align)| ((*name).to_owned(), *align))
                .collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Missing cells stay empty, surplus ones are dropped.
    pub fn row<I, S>(&mut self, cells: I)
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).collect();
        row.resize(self.header.len(), String::new());
        self.rows.push(row);
    }

    /// The lines, indented by two spaces, without trailing blanks.
    pub fn lines(&self, style: Style) -> Vec<String> {
        let widths: Vec<usize> = self
            .header
            .iter()
            .enumerate()
            .map(|(index, (name, _))| {
                let widest = self.rows.iter().map(|row| columns(&row[index])).max();
                widest.unwrap_or(0).max(columns(name))
            })
            .collect();
        let format_row = |cells: &[String]| {
            let mut line = String::new();
            for (index, cell) in cells.iter().enumerate() {
                line.push_str("  ");
                let padding = " ".repeat(widths[index].saturating_sub(columns(cell)));
                match self.header[index].1 {
                    Align::Left => line.extend([cell.as_str(), &padding]),
                    Align::Right => line.extend([padding.as_str(), cell]),
                }
            }
            line.trim_end().to_owned()
        };
        let names: Vec<String> = self.header.iter().map(|(name, _)| name.clone()).collect();
        let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        let mut lines = vec![
            style.paint(Colour::Bold, &format_row(&names)),
            style.paint(Colour::Faint, &format_row(&rule)),
        ];
        lines.extend(self.rows.iter().map(|row| format_row(row)));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_under_their_names_with_colours_too() {
        let mut table = Table::new(&[("player", Align::Left), ("stake", Align::Right)]);
        table.row(["bot 1", "10.00"]);
        table.row([Style::COLOURED.paint(Colour::Good, "b"), "5.00".into()]);
        table.row(["short row"]);
        let lines = table.lines(Style::PLAIN);
        assert_eq!(lines[0], "  player     stake");
        assert_eq!(lines[2], "  bot 1      10.00");
        assert_eq!(columns(&lines[3]), columns(&lines[2]));
        assert!(lines[3].ends_with(" 5.00"));
        assert_eq!(lines[4], "  short row");
    }
}
