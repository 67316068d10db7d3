//! The data of a page: JSON that is compressed and encoded, for `templates/rows.js`.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use base64::write::EncoderWriter;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha2::{Digest as _, Sha256};

use crate::failure::Failure;

/// What is written as JSON, compressed and in Base64.
pub(super) fn packed(write: impl FnOnce(&mut dyn Write) -> Result<(), Failure>) -> Result<String, Failure> {
    let mut encoded = Vec::new();
    let mut out = ZlibEncoder::new(EncoderWriter::new(&mut encoded, &STANDARD), Compression::default());
    write(&mut out)?;
    out.finish()?.finish()?;
    String::from_utf8(encoded).map_err(|error| Failure::could_not_run(&error))
}

/// The hash by which a page allows its script, and no other one.
pub(super) fn script_hash(script: &str) -> String {
    STANDARD.encode(Sha256::digest(script))
}
