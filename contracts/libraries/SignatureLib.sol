// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title SignatureLib
/// @notice Checks that an account signed: by its key, or as a contract by ERC-1271.
///
/// The key comes first, whatever code the account has: or a payer could sign with its key, have itself delegated to code
/// that denies all signatures (EIP-7702), and so take back what it signed.
library SignatureLib {
    function isSignedBy(bytes calldata signature, bytes32 digest, address signer) internal view returns (bool) {
        (uint8 v, bytes32 r, bytes32 s) = ECDSA.parseCalldata(signature);
        (address recovered, ECDSA.RecoverError error_, ) = ECDSA.tryRecover({hash: digest, v: v, r: r, s: s});
        if (error_ == ECDSA.RecoverError.NoError && recovered == signer) return true;
        return
            signer.code.length != 0 && SignatureChecker.isValidERC1271SignatureNowCalldata(signer, digest, signature);
    }
}
