//! TLS for directories, with a certificate of your own.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use futures::StreamExt as _;
use futures::future::{BoxFuture, Either, select};
use futures::stream::FuturesUnordered;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thought_industries::Client;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::failure::Failure;

/// How long a handshake may take.
const LONGEST: Duration = Duration::from_secs(10);
/// How many handshakes may be under way; others wait to be accepted.
const MOST: usize = 500;

/// Reads a certificate with those of its issuers, and its key.
pub(super) fn acceptor(certificate: &Path, key: &Path) -> Result<TlsAcceptor, Failure> {
    let failed = |path: &Path, reason: String| {
        let help = "name files in PEM: the certificate followed by those of its issuers, and its private key";
        Failure::CouldNotRun { reason: format!("{}: {reason}", path.display()), help: Some(help) }
    };
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| failed(certificate, format!("no certificate can be read: {error}")))?;
    let own = PrivateKeyDer::from_pem_file(key).map_err(|error| failed(key, format!("no key can be read: {error}")))?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, own);
    let mut config = config.map_err(|error| failed(certificate, format!("cannot be used with this key: {error}")))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

type Handshake = BoxFuture<'static, Option<(TlsStream<TcpStream>, SocketAddr)>>;

/// A listener whose connections have TLS. A client that is slow with its handshake keeps no other one waiting.
pub(super) struct TlsListener {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
    /// Its clock bounds handshakes.
    client: Client,
    handshakes: FuturesUnordered<Handshake>,
}

impl TlsListener {
    pub(super) fn new(tcp: TcpListener, acceptor: TlsAcceptor, client: Client) -> Self {
        Self { tcp, acceptor, client, handshakes: FuturesUnordered::new() }
    }

    fn begin(&self, stream: TcpStream, from: SocketAddr) {
        let (acceptor, client) = (self.acceptor.clone(), self.client.clone());
        self.handshakes.push(Box::pin(async move {
            let accepting = Box::pin(acceptor.accept(stream));
            match select(accepting, client.pause(LONGEST)).await {
                Either::Left((Ok(stream), _)) => Some((stream, from)),
                _ => None,
            }
        }));
    }
}

impl Listener for TlsListener {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let is_full = self.handshakes.len() >= MOST;
            let Self { tcp, handshakes, .. } = self;
            let arriving = Box::pin(async {
                if is_full {
                    std::future::pending::<()>().await;
                }
                Listener::accept(tcp).await
            });
            let ending = Box::pin(async {
                match handshakes.next().await {
                    Some(ended) => ended,
                    None => std::future::pending().await,
                }
            });
            let (arrived, ended) = match select(arriving, ending).await {
                Either::Left((arrived, _)) => (Some(arrived), None),
                Either::Right((ended, _)) => (None, ended),
            };
            if let Some((stream, from)) = arrived {
                self.begin(stream, from);
            }
            if let Some(ready) = ended {
                return ready;
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}
