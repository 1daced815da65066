// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Source} from "../../contracts/interfaces/IOracleHub.sol";

/// @notice The few cheats that the tests use; the test runner answers them at a fixed address.
interface IVm {
    function prank(address caller) external;

    function startPrank(address caller) external;

    function stopPrank() external;

    function expectRevert(bytes calldata expected) external;

    function warp(uint256 timestamp) external;

    function roll(uint256 blockNumber) external;

    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function addr(uint256 key) external pure returns (address);

    function getCode(string calldata artifact) external view returns (bytes memory creationCode);

    function assertEq(uint256 a, uint256 b, string calldata message) external pure;

    function assertLe(uint256 a, uint256 b, string calldata message) external pure;

    function assertTrue(bool condition, string calldata message) external pure;
}

IVm constant VM = IVm(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @title NexusTest
/// @notice What our Solidity tests stand on, so that they compile in seconds.
abstract contract NexusTest {
    bool public constant IS_TEST = true;

    /// @dev The contracts that an invariant run calls.
    address[] private _targets;

    function targetContracts() external view returns (address[] memory) {
        return _targets;
    }

    function _target(address handler) internal {
        _targets.push(handler);
    }

    /// @dev `x` folded into [least, most], unchanged where it already lies in it.
    function _bound(uint256 x, uint256 least, uint256 most) internal pure returns (uint256) {
        return _fold(x, least, most);
    }
}

/// @dev A new contract of ours, from what is compiled already: a test that imported it would compile it once more.
function _deploy(string memory name, bytes memory arguments) returns (address deployed) {
    bytes memory code = bytes.concat(VM.getCode(string.concat(name, ".sol:", name)), arguments);
    assembly ("memory-safe") {
        deployed := create(0, add(code, 32), mload(code))
    }
    VM.assertTrue(deployed != address(0), name);
}

/// @dev The list of one source.
function _oneSource(address reader, uint32 maxAge, uint16 deviationBps) pure returns (Source[] memory sources) {
    sources = new Source[](1);
    sources[0] = Source({reader: reader, maxAge: maxAge, deviationBps: deviationBps});
}

/// @dev `x` folded into [least, most], for handlers, which are no tests.
function _fold(uint256 x, uint256 least, uint256 most) pure returns (uint256) {
    if (x >= least && x <= most) return x;
    uint256 span = most - least + 1;
    return span == 0 ? x : least + (x % span);
}
