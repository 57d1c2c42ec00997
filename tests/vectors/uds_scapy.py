"""Writes uds_scapy.json: UDS messages as scapy encodes them, beside what canvoy should read in them.

scapy is an implementation that canvoy's authors did not write. Debian 12, python3-scapy 2.5.0:

    apt-get install python3-scapy
    /usr/bin/python3 tests/vectors/uds_scapy.py > tests/vectors/uds_scapy.json

CommunicationControl is missing: scapy 2.5.0 packs communicationType with its message type in the
two highest bits.
"""

import json
import sys

from scapy.contrib.automotive.uds import *  # noqa: F403


class Hex:
    """Bytes of an expected value."""

    def __init__(self, text):
        self.text = text.replace(" ", "")


def to_json(value):
    if isinstance(value, Hex):
        return {"hex": value.text.upper()}
    raise TypeError(value)


VECTORS = []


def add(function, packet, value):
    VECTORS.append({"function": function, "bytes": bytes(packet).hex(" ").upper(), "value": value})


ON = {"suppressPositiveResponse": False}
LOCATION = {
    "memoryAddress": 0x08010000,
    "memoryAddressSizeBytes": 4,
    "memorySize": 0x4A8C,
    "memorySizeSizeBytes": 2,
}
BLOCK_NUMBER = {
    "memoryAddress": 0x05,
    "memoryAddressSizeBytes": 1,
    "memorySize": 0x1FFE00,
    "memorySizeSizeBytes": 4,
}
SIZE_2 = dict(memorySizeLen=2, memoryAddressLen=4, memoryAddress4=0x08010000, memorySize2=0x4A8C)
SIZE_4 = dict(memorySizeLen=4, memoryAddressLen=1, memoryAddress1=5, memorySize4=0x1FFE00)
ALGORITHM = "06 08 60 86 48 01 65 03 04 02 01 00 00 00 00 00"
RAW = {"algorithmIndicator": bytes.fromhex(ALGORITHM)}

add("DiagnosticSessionControlRequest", UDS() / UDS_DSC(diagnosticSessionType=0x02),
    {"diagnosticSessionType": 2, **ON})
add("DiagnosticSessionControlRequest", UDS() / UDS_DSC(diagnosticSessionType=0x83),
    {"diagnosticSessionType": 3, "suppressPositiveResponse": True})
add("DiagnosticSessionControlResponse",
    UDS() / UDS_DSCPR(diagnosticSessionType=2, sessionParameterRecord=bytes.fromhex("003201F4")),
    {"diagnosticSessionType": 2, "timing": {"p2ServerMaxMs": 50, "p2StarServerMaxMs": 5000}})
add("EcuResetRequest", UDS() / UDS_ER(resetType=1), {"resetType": 1, **ON})
add("EcuResetResponse", UDS() / UDS_ERPR(resetType=1), {"resetType": 1})
add("EcuResetResponse", UDS() / UDS_ERPR(resetType=4, powerDownTime=0x0F),
    {"resetType": 4, "powerDownTime": 15})
add("ClearDiagnosticInformationRequest",
    UDS() / UDS_CDTCI(groupOfDTCHighByte=0xFF, groupOfDTCMiddleByte=0xFF, groupOfDTCLowByte=0x33),
    {"groupOfDtc": 0xFFFF33})
add("ClearDiagnosticInformationResponse", UDS(service=0x54), None)
add("ReadDtcInformationRequest", UDS() / UDS_RDTCI(reportType=1, DTCStatusMask=0x2F),
    {"reportType": 1, "dtcStatusMask": 0x2F, **ON})
add("ReadDtcInformationRequest", UDS() / UDS_RDTCI(reportType=0x0A), {"reportType": 10, **ON})
add("ReadDtcInformationResponse",
    UDS() / UDS_RDTCIPR(reportType=1, DTCStatusAvailabilityMask=0x2F, DTCFormatIdentifier=1, DTCCount=7),
    {"reportType": 1, "dtcStatusAvailabilityMask": 0x2F, "dtcFormatIdentifier": 1, "dtcCount": 7})
add("ReadDtcInformationResponse",
    UDS() / UDS_RDTCIPR(reportType=2, DTCStatusAvailabilityMask=0x7F,
                        DTCAndStatusRecord=bytes.fromhex("0A9B17240805112F")),
    {"reportType": 2, "dtcStatusAvailabilityMask": 0x7F,
     "dtcs": [{"dtc": 0x0A9B17, "status": 0x24}, {"dtc": 0x080511, "status": 0x2F}]})
add("ReadDataByIdentifierRequest", UDS() / UDS_RDBI(identifiers=[0xF190, 0xF189]),
    {"dataIdentifiers": [0xF190, 0xF189]})
add("ReadDataByIdentifierResponse", UDS() / UDS_RDBIPR(dataIdentifier=0xF190) / b"W0L",
    {"records": [{"dataIdentifier": 0xF190, "data": Hex("57 30 4C")}]})
add("SecurityAccessRequest",
    UDS() / UDS_SA(securityAccessType=0x11, securityAccessDataRecord=b"\xAA\xBB"),
    {"kind": "requestSeed", "level": 0x11, "securityAccessDataRecord": Hex("AABB"), **ON})
add("SecurityAccessRequest", UDS() / UDS_SA(securityAccessType=2, securityKey=b"\xC9\xA9"),
    {"kind": "sendKey", "level": 1, "securityKey": Hex("C9A9"), **ON})
add("SecurityAccessResponse", UDS() / UDS_SAPR(securityAccessType=1, securitySeed=b"\x36\x57"),
    {"kind": "seed", "level": 1, "securitySeed": Hex("3657")})
add("SecurityAccessResponse", UDS() / UDS_SAPR(securityAccessType=0x12),
    {"kind": "unlocked", "level": 0x11})
add("CommunicationControlResponse", UDS() / UDS_CCPR(controlType=3), {"controlType": 3})
add("WriteDataByIdentifierRequest", UDS() / UDS_WDBI(dataIdentifier=0xF199) / b"\x20\x26\x11\x23",
    {"dataIdentifier": 0xF199, "data": Hex("20261123")})
add("WriteDataByIdentifierResponse", UDS() / UDS_WDBIPR(dataIdentifier=0xF199),
    {"dataIdentifier": 0xF199})
add("RoutineControlRequest",
    UDS() / UDS_RC(routineControlType=1, routineIdentifier=0xFF00)
    / bytes.fromhex("440801000000004A8C"),
    {"routineControlType": 1, "routineIdentifier": 0xFF00,
     "routineControlOptionRecord": Hex("440801000000004A8C"), **ON})
add("RoutineControlResponse", UDS() / UDS_RCPR(routineControlType=1, routineIdentifier=0xFF00) / b"\x04",
    {"routineControlType": 1, "routineIdentifier": 0xFF00, "routineStatusRecord": Hex("04")})
add("RequestDownloadRequest", UDS() / UDS_RD(dataFormatIdentifier=0, **SIZE_2),
    {"dataFormatIdentifier": 0, **LOCATION})
add("RequestDownloadRequest", UDS() / UDS_RD(dataFormatIdentifier=0x11, **SIZE_4),
    {"dataFormatIdentifier": 0x11, **BLOCK_NUMBER})
add("RequestDownloadResponse", UDS() / UDS_RDPR(memorySizeLen=2, maxNumberOfBlockLength=b"\x0F\xFF"),
    {"maxNumberOfBlockLength": 4095, "maxNumberOfBlockLengthSizeBytes": 2})
add("RequestUploadRequest", UDS() / UDS_RU(dataFormatIdentifier=0, **SIZE_2),
    {"dataFormatIdentifier": 0, **LOCATION})
add("RequestUploadResponse", UDS() / UDS_RUPR(memorySizeLen=4, maxNumberOfBlockLength=b"\x00\x00\x01\x02"),
    {"maxNumberOfBlockLength": 258, "maxNumberOfBlockLengthSizeBytes": 4})
add("TransferDataRequest",
    UDS() / UDS_TD(blockSequenceCounter=0xFF, transferRequestParameterRecord=b"\x01\x02\x03"),
    {"blockSequenceCounter": 255, "transferRequestParameterRecord": Hex("010203")})
add("TransferDataResponse",
    UDS() / UDS_TDPR(blockSequenceCounter=0, transferResponseParameterRecord=b"\x02"),
    {"blockSequenceCounter": 0, "transferResponseParameterRecord": Hex("02")})
add("RequestTransferExitRequest", UDS() / UDS_RTE(transferRequestParameterRecord=b"\xBE\xEF"),
    {"transferRequestParameterRecord": Hex("BEEF")})
add("RequestTransferExitResponse", UDS() / UDS_RTEPR(),
    {"transferResponseParameterRecord": Hex("")})
add("WriteMemoryByAddressRequest",
    UDS() / UDS_WMBA(memorySizeLen=1, memoryAddressLen=4, memoryAddress4=0x20001000, memorySize1=4,
                     dataRecord=b"\xDE\xAD\xBE\xEF"),
    {"memoryAddress": 0x20001000, "memoryAddressSizeBytes": 4, "memorySize": 4,
     "memorySizeSizeBytes": 1, "data": Hex("DEADBEEF")})
add("WriteMemoryByAddressResponse", UDS() / UDS_WMBAPR(**SIZE_2), LOCATION)
add("TesterPresentRequest", UDS() / UDS_TP(subFunction=0x80), {"suppressPositiveResponse": True})
add("TesterPresentResponse", UDS() / UDS_TPPR(), None)
add("ControlDtcSettingRequest", UDS() / UDS_CDTCS(DTCSettingType=2, DTCSettingControlOptionRecord=b"\xFF\xFF\xFF"),
    {"dtcSettingType": 2, "dtcSettingControlOptionRecord": Hex("FFFFFF"), **ON})
add("ControlDtcSettingResponse", UDS() / UDS_CDTCSPR(DTCSettingType=2), {"dtcSettingType": 2})

CERTIFICATE = dict(communicationConfiguration=0, certificateClient=b"\x30\x03\x02",
                   challengeClient=b"\x0A\x0B")
CERTIFICATE_VALUE = {"communicationConfiguration": 0, "certificateClient": Hex("300302"),
                     "challengeClient": Hex("0A0B"), **ON}
PROOF = dict(proofOfOwnershipClient=b"\x51\x52", challengeClient=b"\x0A", additionalParameter=b"", **RAW)
PROOF_VALUE = {"algorithmIndicator": Hex(ALGORITHM), "proofOfOwnershipClient": Hex("5152"),
               "challengeClient": Hex("0A"), "additionalParameter": Hex(""), **ON}
for function, name in [(1, "verifyCertificateUnidirectional"), (2, "verifyCertificateBidirectional")]:
    add("AuthenticationRequest", UDS() / UDS_AUTH(subFunction=function, **CERTIFICATE),
        {"task": name, **CERTIFICATE_VALUE})
for function, name in [(6, "verifyProofOfOwnershipUnidirectional"),
                       (7, "verifyProofOfOwnershipBidirectional")]:
    add("AuthenticationRequest", UDS() / UDS_AUTH(subFunction=function, **PROOF),
        {"task": name, **PROOF_VALUE})
for function, name in [(0, "deAuthenticate"), (8, "authenticationConfiguration")]:
    add("AuthenticationRequest", UDS() / UDS_AUTH(subFunction=function), {"task": name, **ON})
    add("AuthenticationResponse", UDS() / UDS_AUTHPR(subFunction=function, returnValue=0x10),
        {"task": name, "authenticationReturnParameter": 0x10})
add("AuthenticationRequest",
    UDS() / UDS_AUTH(subFunction=3, proofOfOwnershipClient=b"\x51\x52\x53", ephemeralPublicKeyClient=b"\x04"),
    {"task": "proofOfOwnership", "proofOfOwnershipClient": Hex("515253"),
     "ephemeralPublicKeyClient": Hex("04"), **ON})
add("AuthenticationRequest",
    UDS() / UDS_AUTH(subFunction=4, certificateEvaluationId=0x1234, certificateData=b"\x30"),
    {"task": "transmitCertificate", "certificateEvaluationId": 0x1234, "certificateData": Hex("30"), **ON})
add("AuthenticationRequest", UDS() / UDS_AUTH(subFunction=5, communicationConfiguration=1, **RAW),
    {"task": "requestChallengeForAuthentication", "communicationConfiguration": 1,
     "algorithmIndicator": Hex(ALGORITHM), **ON})
add("AuthenticationResponse",
    UDS() / UDS_AUTHPR(subFunction=1, returnValue=0x11, challengeServer=b"\xC1\xC2", ephemeralPublicKeyServer=b""),
    {"task": "verifyCertificateUnidirectional", "authenticationReturnParameter": 0x11,
     "challengeServer": Hex("C1C2"), "ephemeralPublicKeyServer": Hex("")})
add("AuthenticationResponse",
    UDS() / UDS_AUTHPR(subFunction=2, returnValue=0x11, challengeServer=b"\xC1", certificateServer=b"\x30\x31",
                       proofOfOwnershipServer=b"\x51", ephemeralPublicKeyServer=b"\x04\x05"),
    {"task": "verifyCertificateBidirectional", "authenticationReturnParameter": 0x11,
     "challengeServer": Hex("C1"), "certificateServer": Hex("3031"),
     "proofOfOwnershipServer": Hex("51"), "ephemeralPublicKeyServer": Hex("0405")})
add("AuthenticationResponse",
    UDS() / UDS_AUTHPR(subFunction=3, returnValue=0x12, sessionKeyInfo=b"\x77"),
    {"task": "proofOfOwnership", "authenticationReturnParameter": 0x12, "sessionKeyInfo": Hex("77")})
add("AuthenticationResponse",
    UDS() / UDS_AUTHPR(subFunction=5, returnValue=0, challengeServer=b"\xC1\xC2", neededAdditionalParameter=b"\x99",
                       **RAW),
    {"task": "requestChallengeForAuthentication", "authenticationReturnParameter": 0,
     "algorithmIndicator": Hex(ALGORITHM), "challengeServer": Hex("C1C2"),
     "neededAdditionalParameter": Hex("99")})
add("AuthenticationResponse", UDS() / UDS_AUTHPR(subFunction=6, returnValue=0x12, sessionKeyInfo=b"\x77", **RAW),
    {"task": "verifyProofOfOwnershipUnidirectional", "authenticationReturnParameter": 0x12,
     "algorithmIndicator": Hex(ALGORITHM), "sessionKeyInfo": Hex("77")})
add("AuthenticationResponse",
    UDS() / UDS_AUTHPR(subFunction=7, returnValue=0x12, proofOfOwnershipServer=b"\x51", sessionKeyInfo=b"", **RAW),
    {"task": "verifyProofOfOwnershipBidirectional", "authenticationReturnParameter": 0x12,
     "algorithmIndicator": Hex(ALGORITHM), "proofOfOwnershipServer": Hex("51"),
     "sessionKeyInfo": Hex("")})
add("NegativeResponse", UDS() / UDS_NR(requestServiceId=0x31, negativeResponseCode=0x78),
    {"sid": 0x31, "nrc": 0x78})

NAMES = {f"{nrc:02X}": name for nrc, name in UDS_NR.negativeResponseCodes.items() if name != "ISOSAEReserved"}
json.dump({"vectors": VECTORS, "nrcNames": NAMES}, sys.stdout, default=to_json, indent=2)
sys.stdout.write("\n")
