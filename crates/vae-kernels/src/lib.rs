//! The generator, the shuffle and the elementary functions of vae-native.
