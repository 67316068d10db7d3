//! TLS with rustls: its configuration, made once and with the platform's root certificates.

use std::sync::{Arc, OnceLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// The configuration that all clients without own root certificates share. Loading the platform's takes milliseconds, and
/// a process may have many clients.
static SHARED: OnceLock<ClientConfig> = OnceLock::new();

/// The configuration of a client that trusts these certificates besides those of the platform.
pub(super) fn config(roots: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    if !roots.is_empty() {
        return build(roots);
    }
    if let Some(shared) = SHARED.get() {
        return Ok(shared.clone());
    }
    let config = build(roots)?;
    Ok(SHARED.get_or_init(|| config).clone())
}

/// The configuration of a client that has no use for TLS.
pub(super) fn without_roots() -> Result<ClientConfig, rustls::Error> {
    let config = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

fn build(roots: &[CertificateDer<'static>]) -> Result<ClientConfig, rustls::Error> {
    let provider = provider();
    let verifier = match roots {
        [] => Verifier::new(Arc::clone(&provider))?,
        roots => with_roots(roots, &provider)?,
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        // Not less strict than usual: it is the platform's own verification.
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(any(all(unix, not(target_os = "android")), windows))]
fn with_roots(roots: &[CertificateDer<'static>], provider: &Arc<CryptoProvider>) -> Result<Verifier, rustls::Error> {
    Verifier::new_with_extra_roots(roots.iter().cloned(), Arc::clone(provider))
}

#[cfg(not(any(all(unix, not(target_os = "android")), windows)))]
fn with_roots(_: &[CertificateDer<'static>], _: &Arc<CryptoProvider>) -> Result<Verifier, rustls::Error> {
    Err(rustls::Error::General("own root certificates are not supported on this platform".to_owned()))
}

/// The cryptography that the process has chosen, or that of the feature.
fn provider() -> Arc<CryptoProvider> {
    if let Some(chosen) = CryptoProvider::get_default() {
        return Arc::clone(chosen);
    }
    #[cfg(feature = "rustls-aws-lc")]
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    #[cfg(not(feature = "rustls-aws-lc"))]
    let provider = rustls::crypto::ring::default_provider();
    Arc::new(provider)
}
