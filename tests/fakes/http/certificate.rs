//! A system whose certificate nobody trusts.

use std::{io::Read, net::TcpListener, sync::Arc};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Starts a system that shows a certificate that has signed itself; returns its `https` URL. It hangs up on each client.
pub fn untrusted() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("https://{}", listener.local_addr().expect("an address"));
    let pem = include_bytes!("../certificates/self_signed.pem");
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("../certificates/key.pem")).expect("a key");
    let chain = vec![CertificateDer::from_pem_slice(pem).expect("a certificate")];
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let config = Arc::new(builder.with_single_cert(chain, key).expect("the key of the certificate"));
    std::thread::spawn(move || {
        for socket in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            // The client refuses the certificate, so that nothing is ever read.
            let _refused = StreamOwned::new(connection, socket).read_to_end(&mut Vec::new());
        }
    });
    url
}
