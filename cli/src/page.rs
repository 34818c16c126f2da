//! Where the built web page is.

use std::path::{Path, PathBuf};

use crate::failure::ConfigError;

/// What to say when no page is found: the players' service works without one.
pub const NOT_BUILT: &str = "the page is not built: run `make page` (needs Node.js), then start again";

/// The directory of the built page: the one given, else `web/dist` under the current directory or beside the
/// sources this command was built from; none when it is not built. Errors when the one given has no page in
/// it.
pub fn find_page(given: Option<&Path>) -> Result<Option<PathBuf>, ConfigError> {
    if let Some(dir) = given {
        if has_page(dir) {
            return Ok(Some(dir.to_owned()));
        }
        return Err(ConfigError::new(
            "AURELIUS_WEB_DIR (or --web-dir)",
            format!("is {}, which has no index.html", dir.display()),
            "AURELIUS_WEB_DIR=web/dist after `make page`",
        ));
    }
    let beside_sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist");
    let places = [PathBuf::from("web/dist"), beside_sources];
    Ok(places
        .into_iter()
        .find(|dir| has_page(dir))
        .map(|dir| dir.canonicalize().unwrap_or(dir)))
}

fn has_page(dir: &Path) -> bool {
    dir.join("index.html").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_directory_must_have_the_page() {
        let dir = tempfile::tempdir().unwrap();
        let error = find_page(Some(dir.path())).unwrap_err().to_string();
        assert!(
            error.contains("AURELIUS_WEB_DIR") && error.contains("index.html"),
            "{error}"
        );
        std::fs::write(dir.path().join("index.html"), "<!doctype html>").unwrap();
        assert_eq!(find_page(Some(dir.path())), Ok(Some(dir.path().to_owned())));
    }
}
