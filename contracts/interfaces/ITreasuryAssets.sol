// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title ITreasuryAssets
/// @notice The part of {ITreasury} that says what shares are a part of, what that is worth, and what is owed.
///
/// Each asset but the base asset counts up to a cap that the DAO sets: what somebody may create and give to the
/// treasury takes no more than that out of it. What is above counts nothing in entries and exits in the base asset,
/// and leaves in kind. [NX-TRE-09]
interface ITreasuryAssets {
    /// @notice Emitted when an asset is listed or delisted.
    /// @param asset Address of the asset.
    /// @param listed Whether it is listed from now on.
    event AssetChanged(address indexed asset, bool listed);

    /// @notice Emitted when the cap of an asset changes.
    /// @param asset Address of the asset.
    /// @param cap Amount that counts from now on, in the asset's units.
    event AssetCapChanged(address indexed asset, uint96 cap);

    /// @notice Emitted when an asset begins or ceases to count as the base asset.
    /// @param asset Address of the asset.
    /// @param isUnit Whether a unit of it counts as one of the base asset from now on.
    event UnitOfBaseChanged(address indexed asset, bool isUnit);

    /// @notice Emitted when an asset could not be paid out and is owed instead.
    /// @param token Address of the asset.
    /// @param account The account that the asset is owed to.
    /// @param amount Amount owed on top, in the asset's units.
    event PayoutCredited(address indexed token, address indexed account, uint256 amount);

    /// @notice Emitted when an owed asset was paid.
    /// @param token Address of the asset.
    /// @param account The account that was paid.
    /// @param amount Amount paid, in the asset's units.
    event PayoutPaid(address indexed token, address indexed account, uint256 amount);

    /// @notice Thrown when a cap does not fit its 95 bits.
    /// @param asset Address of the asset.
    /// @param cap Cap that was asked for, in the asset's units.
    error CapTooHigh(address asset, uint96 cap);

    /// @notice Thrown when too little gas is left to read an asset's balance, or to pay it out, fairly.
    /// @param gasLeft Gas that is left.
    error GasTooLow(uint256 gasLeft);

    /// @notice Thrown when a held asset has no value: its balance cannot be read, it is worth more than can be
    /// counted, or the base asset's price is zero at its lower end. Where there is no price,
    /// {IOracleHub-PriceUnavailable} says why.
    /// @param asset Address of the asset.
    error AssetWithoutValue(address asset);

    /// @notice Thrown when an asset cannot be listed, delisted or given a cap.
    /// @param asset Address of the asset.
    error InvalidAsset(address asset);

    /// @notice Thrown when nothing is owed.
    /// @param token Address of the asset.
    /// @param account The account that nothing is owed to.
    error NoPendingPayout(address token, address account);

    /// @notice Pays `account` what is owed to it of `token`; anyone may call it.
    /// @dev Emits {PayoutPaid}.
    function payOut(address token, address account) external returns (uint256 amount);

    /// @notice Leaves an allowance of one unit, so that the first use pays for no new slot.
    /// @dev Only the administrator, and only for an asset: even one unit is not a stranger's to take. [NX-TRE-03]
    function primeAllowance(address token, address spender) external;

    /// @notice Lists an asset, which must have a price.
    /// @dev Emits {AssetChanged} and {AssetCapChanged}. Only the administrator; at most `MAX_ASSETS`.
    /// @param asset Address of the asset.
    /// @param newCap Amount that counts, in the asset's units; see `setAssetCap`.
    function addAsset(address asset, uint96 newCap) external;

    /// @notice Sets how much of an asset counts. Zero lets it count nothing, whatever its price or balance does.
    ///
    /// @dev Emits {AssetCapChanged}. Only the administrator, and not for the base asset.
    ///
    /// Warnings:
    /// - What is held above the cap is given to whoever deposits next: set it above what agents may ever come to hold.
    function setAssetCap(address asset, uint96 newCap) external;

    /// @notice Sets whether a unit of an asset counts as a unit of the base asset, up to the asset's cap: as a position in it
    /// does that a lending pool pays out unit for unit. No price is read for it then. [NX-TRE-13]
    ///
    /// @dev Emits {UnitOfBaseChanged}. Only the administrator, and only for an asset with the base asset's decimals.
    ///
    /// Warnings:
    /// - It counts whole where nobody would take it for that much: while its pool is frozen, is out of money or has bad debt.
    function setUnitOfBase(address asset, bool newIsUnit) external;

    /// @notice Delists an asset that the mandate forbids. What is left of it belongs to no share any more: only the
    /// timelock can move it.
    /// @dev Emits {AssetChanged}. Only the administrator. What is owed of it can still be claimed.
    function removeAsset(address asset) external;

    /// @notice The assets that shares are a part of; the base asset comes first.
    function assets() external view returns (address[] memory);

    /// @notice Whether shares are a part of `token`.
    function isAsset(address token) external view returns (bool);

    /// @notice Whether a unit of a listed asset counts as one of the base asset.
    function isUnitOfBase(address asset) external view returns (bool);

    /// @notice The amount of `asset` that counts at most, in its units; no limit for the base asset.
    function assetCapOf(address asset) external view returns (uint256);

    /// @notice The value of all assets at both ends of the confidence band, each up to its cap, in the base asset's
    /// units.
    /// @dev Reverts when a held asset has no value. What is held without a price counts nothing where it is dust: at
    /// most a `DUST_PART`th of its cap. [NX-TRE-09]
    function assetsRange() external view returns (uint256 lower, uint256 upper);

    /// @notice The amount of `token` that is owed to `account`, in its units.
    function pendingPayoutOf(address token, address account) external view returns (uint256);

    /// @notice The part of an asset's cap that is dust.
    function DUST_PART() external view returns (uint256);

    /// @notice The most assets.
    function MAX_ASSETS() external view returns (uint256);

    /// @notice The oracle hub that values the treasury's assets.
    function ORACLE_HUB() external view returns (address);
}
