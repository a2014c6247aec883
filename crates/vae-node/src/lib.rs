//! The Node binding of vae-native.
