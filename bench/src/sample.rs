//! Quantiles of measured values, and the table that a benchmark prints.

/// Measured values, in any unit.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// Notes one value.
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// Takes the values of another one in.
    pub fn extend(&mut self, other: &Sample) {
        self.0.extend_from_slice(&other.0);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The arithmetic mean; 0 without values.
    pub fn mean(&self) -> f64 {
        if self.0.is_empty() {
            return 0.0;
        }
        self.0.iter().sum::<f64>() / self.0.len() as f64
    }

    /// The smallest value that at least the share `q` (0 to 1) of all values does not exceed; 0 without values.
    pub fn quantile(&self, q: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() as f64 * q).ceil() as usize;
        sorted.get(rank.max(1) - 1).copied().unwrap_or_default()
    }

    /// The middle value.
    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    /// The largest value.
    pub fn max(&self) -> f64 {
        self.quantile(1.0)
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// Lines with cells under a heading.
#[derive(Clone, Debug)]
pub struct Table {
    lines: Vec<Vec<String>>,
}

impl Table {
    /// A table with this heading.
    pub fn new(heading: &[&str]) -> Self {
        Self {
            lines: vec![heading.iter().map(ToString::to_string).collect()],
        }
    }

    /// One more line.
    pub fn line(&mut self, cells: impl IntoIterator<Item = String>) {
        self.lines.push(cells.into_iter().collect());
    }

    /// Prints it as Markdown, so that it can be put into the documentation as it is.
    pub fn print(&self, title: &str) {
        let columns = self.lines.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        println!("\n{title}\n");
        for (number, line) in self.lines.iter().enumerate() {
            let cells = line.iter().zip(&widths);
            let cells: Vec<String> = cells.map(|(cell, width)| format!("{cell:<width$}")).collect();
            println!("| {} |", cells.join(" | "));
            if number == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                println!("| {} |", rules.join(" | "));
            }
        }
    }
}

/// Whether a budget is kept, in words.
pub fn verdict(measured: f64, budget: f64) -> String {
    let word = if measured <= budget { "kept" } else { "MISSED" };
    format!("≤ {budget}: {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_of_the_sample() {
        let sample: Sample = (1..=100).rev().map(f64::from).collect();
        assert_eq!(
            (sample.median(), sample.max(), sample.mean()),
            (50.0, 100.0, 50.5)
        );
        assert_eq!((sample.quantile(0.99), sample.quantile(0.0)), (99.0, 1.0));
        assert_eq!((Sample::default().median(), Sample::default().mean()), (0.0, 0.0));
        assert_eq!(verdict(2.0, 2.0), "≤ 2: kept");
        assert_eq!(verdict(2.1, 2.0), "≤ 2: MISSED");
    }
}
