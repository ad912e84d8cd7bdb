use super::*;

#[test]
fn what_is_none_is_said_to_be_none() {
    for bytes in [b"".as_slice(), b"\x30", b"\x30\x00", b"\x30\x03\x30\x01", b"PEM", &[0x30; 4096]]
    {
        assert_eq!(certificate(bytes).unwrap_err().to_string(), "it is no certificate in DER");
        assert!(request(bytes).is_err() && revocation_list(bytes).is_err(), "{bytes:?}");
    }
}
