//! Where the offline on-call sheet is kept.

use std::path::PathBuf;

use crate::net::aws_signature::AwsCredentials;

/// `[offline_copy]`
#[derive(Clone, Debug)]
pub struct OfflineCopyConfig {
    /// The folder that the sheet is written to.
    pub folder: Option<PathBuf>,
    /// Whether it has telephone numbers and mail addresses.
    pub contacts: bool,
    /// Who gets it by mail.
    pub mail: Vec<String>,
    /// The bucket that it is written to.
    pub bucket: Option<BucketConfig>,
    /// Whether bucket and mail name the keys of private incidents.
    pub private: bool,
}

/// `[offline_copy.bucket]`: S3-compatible storage.
#[derive(Clone, Debug)]
pub struct BucketConfig {
    /// The address of the service.
    pub endpoint: String,
    /// The name of the bucket.
    pub bucket: String,
    /// What the names of its objects begin with.
    pub prefix: String,
    /// Who signs requests, and the region.
    pub credentials: AwsCredentials,
}
