//! Whom to tell about a defect, in the program's own bytes where explorers look for it: the
//! `security.txt` of Solana programs (fields and marks as the crate `solana-security-txt` defines them).

/// Names and values, each ended by a zero byte, between the two marks.
#[used]
pub static SECURITY_TXT: &str = concat!(
    "=======BEGIN SECURITY.TXT V1=======\0",
    "name\0Aurelius\0",
    "project_url\0the source repository named by the program's verified build\0",
    "contacts\0other:see SECURITY.md of the source repository\0",
    "policy\0SECURITY.md of the source repository\0",
    "preferred_languages\0en\0",
    "auditors\0none yet\0",
    "=======END SECURITY.TXT V1=======\0"
);
