// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAccounts} from "./interfaces/IAccounts.sol";
import {ILocks} from "./interfaces/ILocks.sol";
import {IPermit2} from "./interfaces/external/IPermit2.sol";
import {BalanceWord, BalanceWordLib} from "./libraries/BalanceWord.sol";
import {LockWord, LockWordLib} from "./libraries/LockWord.sol";
import {Authorization, Lock} from "./types/Ledger.sol";

/// @title Accounts
/// @notice See {IAccounts}.
///
/// @dev By subject:
/// - Value: each token is counted by itself. The sum of its balances, fees and locks is at most this contract's balance
///   of it, which every deposit checks.
/// - Prices, oracles, classes: none.
/// - Limits: 2^120 - 1 units of a token in all, 2^104 - 1 in one lock.
/// - Modules: anyone may write one; it moves the balances that owners allowed it to, and its own locks. (ADR 0012) Our
///   own two are bits of the balance's word, which makes an opt-in cheaper and gives them no other right.
/// - Tokens: a transfer must move exactly the amount asked for, in and out. A token that shrinks balances later leaves
///   its own holders short and no others. A token cannot enter deposits and withdrawals again.
/// - Signatures: EIP-2612 for the caller's tokens alone; Permit2 and EIP-3009 by anyone, bound to account and purpose.
contract Accounts is IAccounts, Multicall, ReentrancyGuardTransient {
    using Math for uint256;
    using SafeERC20 for IERC20;

    /// @dev A lock's word, see {LockWord}. A struct, so that its place is computed once for reading and writing.
    struct Slot {
        LockWord word;
    }

    /* CONSTANTS AND IMMUTABLES */

    bytes32 private constant WITNESS_TYPEHASH = keccak256("Deposit(address account,bytes32 purpose)");
    /// @dev The text that Permit2 appends to its own type: the witness, then all struct types in the order of their
    /// names.
    string private constant WITNESS_TYPE =
        "Deposit witness)Deposit(address account,bytes32 purpose)TokenPermissions(address token,uint256 amount)";

    /// @inheritdoc IAccounts
    address public immutable PERMIT2;
    /// @inheritdoc IAccounts
    address public immutable FEE_COLLECTOR;
    address private immutable ESCROW;
    address private immutable PAYMENT_CHANNELS;

    /* STORAGE */

    mapping(address token => mapping(address account => BalanceWord balance)) private _balances;
    mapping(address module => mapping(address token => mapping(bytes32 id => Slot lock))) private _locks;
    /// @dev Opt-ins to modules that are not ours. Those to ours are bits of the balance itself.
    mapping(address account => mapping(address module => mapping(address token => bool isAllowed))) private _allowed;
    /// @dev The sum of balances, fees and locks of a token. It fits 120 bits, and so does each of them.
    mapping(address token => uint256 owed) private _owed;

    /* CONSTRUCTOR */

    /// @param permit2 Uniswap's Permit2 on this chain; zero for none.
    /// @param feeCollector The account that swept fees go to.
    /// @param escrow Our module for jobs. Like any other it moves nothing without an opt-in; an opt-in to it is cheaper.
    /// @param paymentChannels Our module for channels, likewise.
    constructor(address permit2, address feeCollector, address escrow, address paymentChannels) {
        PERMIT2 = permit2;
        FEE_COLLECTOR = feeCollector;
        ESCROW = escrow;
        PAYMENT_CHANNELS = paymentChannels;
    }

    /* MONEY IN */

    /// @inheritdoc IAccounts
    function deposit(address token, address account, uint256 amount) external nonReentrant {
        _deposit(token, account, amount);
    }

    /// @inheritdoc IAccounts
    function depositWithPermit(
        address token,
        address account,
        uint256 amount,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        require(token.code.length != 0, NotAToken(token));
        // Whether this permit or an earlier one set the allowance: if none did, the transfer fails.
        try
            IERC20Permit(token).permit({
                owner: msg.sender,
                spender: address(this),
                value: amount,
                deadline: deadline,
                v: v,
                r: r,
                s: s
            })
        {} catch {}
        _deposit(token, account, amount);
    }

    /// @inheritdoc IAccounts
    function depositWithPermit2(
        IPermit2.PermitTransferFrom calldata permit,
        address payer,
        address account,
        bytes32 purpose,
        bytes calldata signature
    ) external nonReentrant {
        (address token, uint256 amount) = (permit.permitted.token, permit.permitted.amount);
        uint256 held = _checkDeposit(token, account, amount);
        IPermit2(PERMIT2).permitWitnessTransferFrom({
            permit: permit,
            transferDetails: IPermit2.SignatureTransferDetails({to: address(this), requestedAmount: amount}),
            owner: payer,
            witness: keccak256(abi.encode(WITNESS_TYPEHASH, account, purpose)),
            witnessTypeString: WITNESS_TYPE,
            signature: signature
        });
        _creditDeposit({token: token, account: account, amount: amount, heldBefore: held});
        emit Deposited(token, account, payer, amount, purpose);
    }

    /// @inheritdoc IAccounts
    function depositWithAuthorization(
        Authorization calldata authorization,
        address account,
        bytes32 purpose,
        bytes calldata signature
    ) external nonReentrant {
        (address token, uint256 amount) = (authorization.token, authorization.amount);
        uint256 held = _checkDeposit(token, account, amount);
        _receive(authorization, authorizationNonce(account, purpose, authorization.salt), signature);
        _creditDeposit({token: token, account: account, amount: amount, heldBefore: held});
        emit Deposited(token, account, authorization.from, amount, purpose);
    }

    /// @inheritdoc IAccounts
    function authorizationNonce(address account, bytes32 purpose, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(account, purpose, salt));
    }

    function _receive(Authorization calldata authorization, bytes32 nonce, bytes calldata signature) private {
        (uint8 v, bytes32 r, bytes32 s) = ECDSA.parseCalldata(signature);
        IERC3009(authorization.token).receiveWithAuthorization({
            from: authorization.from,
            to: address(this),
            value: authorization.amount,
            validAfter: authorization.validAfter,
            validBefore: authorization.validBefore,
            nonce: nonce,
            v: v,
            r: r,
            s: s
        });
    }

    function _deposit(address token, address account, uint256 amount) private {
        uint256 held = _checkDeposit(token, account, amount);
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        _creditDeposit({token: token, account: account, amount: amount, heldBefore: held});
        emit Deposited(token, account, msg.sender, amount, 0);
    }

    /// @dev Whether the token still covers what is owed of it. Returns what is held before the deposit.
    function _checkDeposit(address token, address account, uint256 amount) private view returns (uint256 held) {
        require(account != address(0), NoAccount());
        require(amount != 0, NothingToMove());
        require(token.code.length != 0, NotAToken(token));
        held = IERC20(token).balanceOf(address(this));
        require(held >= _owed[token], TokenShrank(token, _owed[token], held));
    }

    /// @dev Credits what came in, if it is what was said.
    function _creditDeposit(address token, address account, uint256 amount, uint256 heldBefore) private {
        uint256 held = IERC20(token).balanceOf(address(this));
        uint256 moved = held.saturatingSub(heldBefore);
        require(moved == amount, TokenNotExact(token, amount, moved));
        // No overflow: both are at most what the token says that we hold.
        uint256 owed = _owed[token] + amount;
        require(owed <= BalanceWordLib.MAX_BALANCE, TokenTotalTooLarge(token, owed, BalanceWordLib.MAX_BALANCE));
        _owed[token] = owed;
        _credit({token: token, account: account, amount: amount, fee: 0});
    }

    /* MONEY OUT AND BETWEEN */

    /// @inheritdoc IAccounts
    function withdraw(address token, address to, uint256 amount) external nonReentrant {
        // Check and effect: the balance falls before the token is called.
        require(to != address(0), NoAccount());
        _debit(token, msg.sender, amount);
        _owed[token] -= amount;
        emit Withdrawn(token, msg.sender, to, amount);

        // Interaction: what others have here is not touched, or all of it is undone.
        uint256 held = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransfer(to, amount);
        uint256 heldAfter = IERC20(token).balanceOf(address(this));
        uint256 moved = held.saturatingSub(heldAfter);
        require(moved == amount, TokenNotExact(token, amount, moved));
    }

    /// @inheritdoc IAccounts
    function transfer(address token, address to, uint256 amount) external {
        require(to != address(0), NoAccount());
        _debit(token, msg.sender, amount);
        _credit({token: token, account: to, amount: amount, fee: 0});
        emit Transferred(token, msg.sender, to, amount);
    }

    /// @inheritdoc IAccounts
    function allowModule(address token, address module, bool isAllowed) external {
        uint256 bit = _bitOf(module);
        if (bit == 0) _allowed[msg.sender][module][token] = isAllowed;
        else _balances[token][msg.sender] = _balances[token][msg.sender].allowing(bit, isAllowed);
        emit ModuleAllowed(msg.sender, module, token, isAllowed);
    }

    /// @inheritdoc IAccounts
    function sweepFees(address token, address[] calldata accounts) external returns (uint256 sum) {
        for (uint256 i; i < accounts.length; ++i) {
            BalanceWord balance = _balances[token][accounts[i]];
            uint256 fees = balance.feesOf();
            if (fees == 0) continue;
            _balances[token][accounts[i]] = balance.withoutFees();
            sum += fees;
            emit FeesSwept(token, accounts[i], fees);
        }
        if (sum != 0) _credit({token: token, account: FEE_COLLECTOR, amount: sum, fee: 0});
    }

    /* FOR MODULES */

    /// @inheritdoc ILocks
    function lock(address token, bytes32 id, address owner, uint256 amount, uint48 tag) external {
        Slot storage slot = _locks[msg.sender][token][id];
        require(!slot.word.exists(), LockExists(msg.sender, id));
        require(amount <= LockWordLib.MAX_LOCK, LockTooLarge(amount, LockWordLib.MAX_LOCK));
        _debitFor(token, owner, amount);
        slot.word = LockWordLib.pack(amount, 0, tag);
        emit Locked(msg.sender, id, owner, token, amount);
    }

    /// @inheritdoc ILocks
    function extend(address token, bytes32 id, address owner, uint256 amount) external {
        (Slot storage slot, LockWord made) = _lockOf(token, id);
        _debitFor(token, owner, amount);
        // No overflow: a balance has 120 bits.
        uint256 deposited = made.depositedOf() + amount;
        require(deposited <= LockWordLib.MAX_LOCK, LockTooLarge(deposited, LockWordLib.MAX_LOCK));
        slot.word = LockWordLib.pack(deposited, made.paidOf(), made.tagOf());
        emit Locked(msg.sender, id, owner, token, amount);
    }

    /// @inheritdoc ILocks
    function retag(address token, bytes32 id, uint48 tag) external {
        (Slot storage slot, LockWord made) = _lockOf(token, id);
        slot.word = LockWordLib.pack(made.depositedOf(), made.paidOf(), tag);
    }

    /// @inheritdoc ILocks
    function pay(
        address token,
        bytes32 id,
        address to,
        address restTo,
        uint256 amount,
        uint256 fee,
        uint48 tag
    ) external {
        // Check: the lock holds as much.
        (Slot storage slot, LockWord made) = _lockOf(token, id);
        uint256 deposited = made.depositedOf();
        uint256 left = deposited - made.paidOf();
        uint256 due = amount + fee;
        require(due <= left, LockTooSmall(id, due, left));

        // Effect: pay, and give back the rest if it has a place to go.
        uint256 rest;
        unchecked {
            // No underflow: just checked.
            left -= due;
            if (restTo != address(0)) (rest, left) = (left, 0);
            slot.word = LockWordLib.pack(deposited, deposited - left, tag);
        }
        if (due != 0) _credit({token: token, account: to, amount: amount, fee: fee});
        if (rest != 0) _credit({token: token, account: restTo, amount: rest, fee: 0});
        if (rest == 0) emit Paid(msg.sender, id, to, token, amount, fee);
        else emit PaidAndReturned(msg.sender, id, to, token, amount, fee, restTo, rest);
    }

    /// @inheritdoc ILocks
    function payTotals(
        address token,
        address to,
        bytes32[] calldata ids,
        uint256[] calldata totals
    ) external returns (uint256 sum) {
        mapping(bytes32 id => Slot slot) storage locks = _locks[msg.sender][token];
        for (uint256 i; i < ids.length; ++i) {
            Slot storage slot = locks[ids[i]];
            (LockWord made, uint256 total) = (slot.word, totals[i]);
            (uint256 deposited, uint256 paid) = (made.depositedOf(), made.paidOf());
            if (total <= paid || total > deposited) continue;
            slot.word = made.withPaid(total);
            // No overflow: above `paid`, and no sum of locks is above what is owed of the token.
            unchecked {
                sum += total - paid;
            }
        }
        require(sum != 0, NothingToMove());
        _credit({token: token, account: to, amount: sum, fee: 0});
        emit PaidMany(msg.sender, to, token, sum, ids, totals);
    }

    /// @dev The caller's lock, which it must have made.
    function _lockOf(address token, bytes32 id) private view returns (Slot storage slot, LockWord made) {
        slot = _locks[msg.sender][token][id];
        made = slot.word;
        require(made.exists(), LockUnknown(msg.sender, id));
    }

    /* THE ONLY PLACES THAT WRITE A BALANCE */

    function _debitFor(address token, address owner, uint256 amount) private {
        BalanceWord balance = _balances[token][owner];
        require(
            _isAllowed({balance: balance, token: token, account: owner, module: msg.sender}),
            ModuleNotAllowed(owner, msg.sender, token)
        );
        _lower({token: token, account: owner, balance: balance, amount: amount});
    }

    function _debit(address token, address account, uint256 amount) private {
        _lower({token: token, account: account, balance: _balances[token][account], amount: amount});
    }

    function _lower(address token, address account, BalanceWord balance, uint256 amount) private {
        require(amount != 0, NothingToMove());
        require(amount <= balance.amountOf(), BalanceTooSmall(token, account, balance.amountOf(), amount));
        _balances[token][account] = balance.minus(amount);
    }

    /// @dev All balances, fees and locks of a token add up to at most 2^120 - 1, see `_owed`: no sum of two is above it.
    function _credit(address token, address account, uint256 amount, uint256 fee) private {
        _balances[token][account] = _balances[token][account].plus(amount, fee);
    }

    /* VIEWS */

    /// @inheritdoc IAccounts
    function balanceOf(address token, address account) external view returns (uint256) {
        return _balances[token][account].amountOf();
    }

    /// @inheritdoc IAccounts
    function feesOf(address token, address account) external view returns (uint256) {
        return _balances[token][account].feesOf();
    }

    /// @inheritdoc ILocks
    function lockOf(address module, address token, bytes32 id) external view returns (Lock memory) {
        LockWord made = _locks[module][token][id].word;
        // Safe casts: the word has 104 bits for each.
        return Lock({deposited: uint104(made.depositedOf()), paid: uint104(made.paidOf()), tag: made.tagOf()});
    }

    /// @inheritdoc ILocks
    function lockWordOf(address module, address token, bytes32 id) external view returns (uint256) {
        return LockWord.unwrap(_locks[module][token][id].word);
    }

    /// @inheritdoc IAccounts
    function isModuleAllowed(address token, address account, address module) external view returns (bool) {
        return _isAllowed({balance: _balances[token][account], token: token, account: account, module: module});
    }

    /// @dev The bit that stands for an opt-in to a module of ours; zero for any other module.
    function _bitOf(address module) private view returns (uint256) {
        if (module == PAYMENT_CHANNELS) return BalanceWordLib.FIRST_MODULE;
        return module == ESCROW ? BalanceWordLib.SECOND_MODULE : 0;
    }

    function _isAllowed(
        BalanceWord balance,
        address token,
        address account,
        address module
    ) private view returns (bool) {
        uint256 bit = _bitOf(module);
        return bit == 0 ? _allowed[account][module][token] : balance.allows(bit);
    }

    /// @inheritdoc IAccounts
    function owedOf(address token) external view returns (uint256) {
        return _owed[token];
    }
}
