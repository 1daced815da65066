// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC3009} from "@openzeppelin/contracts/interfaces/draft-IERC3009.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IAccounts} from "./interfaces/IAccounts.sol";
import {IPermit2} from "./interfaces/external/IPermit2.sol";
import {Authorization, Lock, Payment} from "./types/Ledger.sol";

/// @title Accounts
/// @notice See {IAccounts}.
contract Accounts is IAccounts, Multicall, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What an account has of one token, in one slot. `isUsed` keeps that slot from ever being zero again, or the next
    /// payment would have to create it anew.
    struct Balance {
        uint120 amount;
        uint120 fees;
        bool isUsed;
    }

    /* CONSTANTS AND IMMUTABLES */

    bytes32 private constant WITNESS_TYPEHASH = keccak256("Deposit(address account,bytes32 purpose)");
    /// @dev What Permit2 appends to its own type: the witness, then all struct types in the order of their names.
    string private constant WITNESS_TYPE =
        "Deposit witness)Deposit(address account,bytes32 purpose)TokenPermissions(address token,uint256 amount)";

    /// @inheritdoc IAccounts
    address public immutable PERMIT2;
    /// @inheritdoc IAccounts
    address public immutable FEE_COLLECTOR;

    /* STORAGE */

    mapping(address token => mapping(address account => Balance balance)) private _balances;
    mapping(address module => mapping(address token => mapping(bytes32 id => Lock lock))) private _locks;
    mapping(address account => mapping(address module => bool isAllowed)) private _modules;
    /// @dev What balances, fees and locks of a token add up to. It fits 120 bits, and so does each of them.
    mapping(address token => uint256 owed) private _owed;

    /* CONSTRUCTOR */

    /// @param permit2 Uniswap's Permit2 on this chain; zero for none.
    /// @param feeCollector The account that swept fees go to.
    constructor(address permit2, address feeCollector) {
        PERMIT2 = permit2;
        FEE_COLLECTOR = feeCollector;
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
        // Whether this permit or an earlier one set the allowance: if none did, the transfer fails.
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
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
        IPermit2(PERMIT2).permitWitnessTransferFrom(
            permit,
            IPermit2.SignatureTransferDetails({to: address(this), requestedAmount: amount}),
            payer,
            keccak256(abi.encode(WITNESS_TYPEHASH, account, purpose)),
            WITNESS_TYPE,
            signature
        );
        _creditDeposit(token, account, amount, held);
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
        _creditDeposit(token, account, amount, held);
        emit Deposited(token, account, authorization.from, amount, purpose);
    }

    /// @inheritdoc IAccounts
    function authorizationNonce(address account, bytes32 purpose, bytes32 salt) public pure returns (bytes32) {
        return keccak256(abi.encode(account, purpose, salt));
    }

    function _receive(Authorization calldata authorization, bytes32 nonce, bytes calldata signature) private {
        (uint8 v, bytes32 r, bytes32 s) = ECDSA.parseCalldata(signature);
        IERC3009(authorization.token).receiveWithAuthorization(
            authorization.from,
            address(this),
            authorization.amount,
            authorization.validAfter,
            authorization.validBefore,
            nonce,
            v,
            r,
            s
        );
    }

    function _deposit(address token, address account, uint256 amount) private {
        uint256 held = _checkDeposit(token, account, amount);
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        _creditDeposit(token, account, amount, held);
        emit Deposited(token, account, msg.sender, amount, 0);
    }

    /// @dev Whether the token still covers what is owed of it. Returns what is held before the deposit.
    function _checkDeposit(address token, address account, uint256 amount) private view returns (uint256 held) {
        require(account != address(0), NoAccount());
        require(amount != 0, NothingToMove());
        held = IERC20(token).balanceOf(address(this));
        require(held >= _owed[token], TokenShrank(token, _owed[token], held));
    }

    /// @dev Credits what came in, if it is what was said.
    function _creditDeposit(address token, address account, uint256 amount, uint256 heldBefore) private {
        uint256 held = IERC20(token).balanceOf(address(this));
        uint256 moved = held > heldBefore ? held - heldBefore : 0;
        require(moved == amount, TokenNotExact(token, amount, moved));
        // No overflow: both are at most what the token says that we hold.
        uint256 owed = _owed[token] + amount;
        require(owed <= type(uint120).max, TokenTotalTooLarge(token, owed, type(uint120).max));
        _owed[token] = owed;
        _credit(token, account, amount, 0);
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
        uint256 moved = held > heldAfter ? held - heldAfter : 0;
        require(moved == amount, TokenNotExact(token, amount, moved));
    }

    /// @inheritdoc IAccounts
    function transfer(address token, address to, uint256 amount) external {
        require(to != address(0), NoAccount());
        _debit(token, msg.sender, amount);
        _credit(token, to, amount, 0);
        emit Transferred(token, msg.sender, to, amount);
    }

    /// @inheritdoc IAccounts
    function allowModule(address module, bool isAllowed) external {
        _modules[msg.sender][module] = isAllowed;
        emit ModuleAllowed(msg.sender, module, isAllowed);
    }

    /// @inheritdoc IAccounts
    function sweepFees(address token, address[] calldata accounts) external returns (uint256 sum) {
        for (uint256 i; i < accounts.length; ++i) {
            Balance storage balance = _balances[token][accounts[i]];
            uint256 fees = balance.fees;
            if (fees == 0) continue;
            balance.fees = 0;
            sum += fees;
            emit FeesSwept(token, accounts[i], fees);
        }
        _credit(token, FEE_COLLECTOR, sum, 0);
    }

    /* FOR MODULES */

    /// @inheritdoc IAccounts
    function lock(address token, bytes32 id, address owner, uint256 amount, uint48 tag) external {
        Lock storage made = _locks[msg.sender][token][id];
        require(made.deposited == 0, LockExists(msg.sender, id));
        require(amount <= type(uint104).max, LockTooLarge(amount, type(uint104).max));
        _debitFor(token, owner, amount);
        _locks[msg.sender][token][id] = Lock({deposited: uint104(amount), paid: 0, tag: tag});
        emit Locked(msg.sender, id, owner, token, amount);
    }

    /// @inheritdoc IAccounts
    function extend(address token, bytes32 id, address owner, uint256 amount) external {
        Lock storage made = _locks[msg.sender][token][id];
        require(made.deposited != 0, LockUnknown(msg.sender, id));
        _debitFor(token, owner, amount);
        // No overflow: a balance has 120 bits.
        uint256 deposited = made.deposited + amount;
        require(deposited <= type(uint104).max, LockTooLarge(deposited, type(uint104).max));
        made.deposited = uint104(deposited);
        emit Locked(msg.sender, id, owner, token, amount);
    }

    /// @inheritdoc IAccounts
    function pay(address token, bytes32 id, uint48 tag, Payment[] calldata payments) external {
        Lock memory made = _locks[msg.sender][token][id];
        require(made.deposited != 0, LockUnknown(msg.sender, id));
        uint256 left = made.deposited - made.paid;
        for (uint256 i; i < payments.length; ++i) {
            Payment calldata payment = payments[i];
            (address to, uint256 amount, uint256 fee) = (payment.to, payment.amount, payment.fee);
            require(amount + fee <= left, LockTooSmall(id, amount + fee, left));
            left -= amount + fee;
            _credit(token, to, amount, fee);
            emit Paid(msg.sender, id, to, token, amount, fee);
        }
        // Safe cast: what is left only fell.
        made.paid = uint104(made.deposited - left);
        made.tag = tag;
        _locks[msg.sender][token][id] = made;
    }

    /// @inheritdoc IAccounts
    function payTotals(
        address token,
        address to,
        bytes32[] calldata ids,
        uint256[] calldata totals
    ) external returns (uint256 sum) {
        mapping(bytes32 id => Lock made) storage locks = _locks[msg.sender][token];
        uint256[] memory amounts = new uint256[](ids.length);
        for (uint256 i; i < ids.length; ++i) {
            Lock storage made = locks[ids[i]];
            (uint256 total, uint256 paid) = (totals[i], made.paid);
            if (total <= paid || total > made.deposited) continue;
            // Safe cast: at most what was deposited.
            made.paid = uint104(total);
            // No overflow: above `paid`, and no sum of locks is above what is owed of the token.
            unchecked {
                amounts[i] = total - paid;
                sum += total - paid;
            }
        }
        require(sum != 0, NothingToMove());
        _credit(token, to, sum, 0);
        emit PaidMany(msg.sender, to, token, ids, amounts);
    }

    /* THE ONLY PLACES THAT WRITE A BALANCE */

    function _debitFor(address token, address owner, uint256 amount) private {
        require(_modules[owner][msg.sender], ModuleNotAllowed(owner, msg.sender));
        _debit(token, owner, amount);
    }

    function _debit(address token, address account, uint256 amount) private {
        require(amount != 0, NothingToMove());
        Balance memory balance = _balances[token][account];
        require(amount <= balance.amount, BalanceTooSmall(token, account, balance.amount, amount));
        // No underflow and a safe cast: just checked.
        unchecked {
            balance.amount -= uint120(amount);
        }
        _balances[token][account] = balance;
    }

    function _credit(address token, address account, uint256 amount, uint256 fee) private {
        Balance memory balance = _balances[token][account];
        // No overflow and safe casts: all balances, fees and locks of a token add up to at most 2^120 - 1, see `_owed`.
        unchecked {
            balance.amount += uint120(amount);
            balance.fees += uint120(fee);
        }
        balance.isUsed = true;
        _balances[token][account] = balance;
    }

    /* VIEWS */

    /// @inheritdoc IAccounts
    function balanceOf(address token, address account) external view returns (uint256) {
        return _balances[token][account].amount;
    }

    /// @inheritdoc IAccounts
    function feesOf(address token, address account) external view returns (uint256) {
        return _balances[token][account].fees;
    }

    /// @inheritdoc IAccounts
    function lockOf(address module, address token, bytes32 id) external view returns (Lock memory) {
        return _locks[module][token][id];
    }

    /// @inheritdoc IAccounts
    function isModuleAllowed(address account, address module) external view returns (bool) {
        return _modules[account][module];
    }

    /// @inheritdoc IAccounts
    function owedOf(address token) external view returns (uint256) {
        return _owed[token];
    }
}
