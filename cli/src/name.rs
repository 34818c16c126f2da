//! The name of a service among others of its kind: the same after a restart, no other's.

use std::path::Path;

use anyhow::{Context, Result};
use rand::Rng;

/// Where a data directory keeps its service's name.
const FILE: &str = "name";
/// The longest name.
const LENGTH_MAX: usize = 64;

/// Reads a name from the command line: letters, digits, `.`, `_` and `-`.
pub fn parse_name(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match (1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(fits) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "expected 1 to {LENGTH_MAX} letters, digits, dots, dashes or underscores, such as crank-1"
        )),
    }
}

/// The name that this data directory gave its service; made up at the first call.
pub fn name_in(data_dir: &Path, kind: &str) -> Result<String> {
    let path = data_dir.join(FILE);
    if let Ok(name) = std::fs::read_to_string(&path) {
        return parse_name(name.trim())
            .map_err(anyhow::Error::msg)
            .with_context(|| format!("{} does not hold a name", path.display()));
    }
    let name = format!("{kind}-{:08x}", rand::thread_rng().gen::<u32>());
    std::fs::write(&path, format!("{name}\n")).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_keeps_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let name = name_in(dir.path(), "crank").unwrap();
        assert!(name.starts_with("crank-"), "{name}");
        assert_eq!(name_in(dir.path(), "crank").unwrap(), name);
        assert_eq!(parse_name(&name).unwrap(), name);
        std::fs::write(dir.path().join(FILE), "two words").unwrap();
        let error = format!("{:#}", name_in(dir.path(), "crank").unwrap_err());
        assert!(error.contains("does not hold a name"), "{error}");
    }

    #[test]
    fn names_are_plain() {
        for name in ["", "a b", "crank:1", &"x".repeat(65)] {
            assert!(parse_name(name).is_err(), "{name}");
        }
        assert!(parse_name("crank-1.eu_west").is_ok());
    }
}
