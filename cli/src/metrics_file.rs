//! A file that is kept up to date with metrics, for a collector that reads files.

use std::path::Path;

use crate::failure::ConfigError;

/// Refuses to put a file where something else is: a device, a pipe or a directory would be renamed over.
pub fn check(path: &Path) -> Result<(), ConfigError> {
    match std::fs::metadata(path) {
        Ok(there) if !there.is_file() => Err(ConfigError::new(
            "--metrics-file",
            format!(
                "names {}, which is there and no regular file; it would be replaced by one",
                path.display()
            ),
            "--metrics-file /var/lib/node_exporter/aurelius.prom",
        )),
        _ => Ok(()),
    }
}

/// Replaces a file as a whole: whoever reads it never sees half of one. What is no regular file stays.
pub fn write(path: &Path, text: &str) -> std::io::Result<()> {
    check(path).map_err(std::io::Error::other)?;
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    std::fs::write(&fresh, text)?;
    std::fs::rename(&fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn report_58_a_device_or_a_pipe_is_never_renamed_over() {
        use std::os::unix::fs::FileTypeExt;
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert!(write(&pipe, "one 1\n").is_err());
        assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
        for path in [pipe.as_path(), Path::new("/dev/null"), dir.path()] {
            let refused = check(path).unwrap_err().to_string();
            assert!(refused.starts_with("--metrics-file names"), "{refused}");
        }
        assert!(check(&dir.path().join("new.prom")).is_ok());
    }

    #[test]
    fn the_metrics_file_is_replaced_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("aurelius.prom");
        write(&path, "one 1\n").unwrap();
        write(&path, "two 2\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two 2\n");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
